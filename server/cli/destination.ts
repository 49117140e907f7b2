import { existsSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type OptionTable, type TextOption, UsageError } from './command.ts';

/**
 * Refuses a file that could not be written later, before any work is done for it: a missing folder, a
 * folder in its place, no permission, a full disk, a name that nobody could type again.
 * @param option name of the option that it was given with
 * Throws a UsageError that names option and reason.
 */
export function checkDestination(option: string, file: string): void {
  const wrong = (reason: string) =>
    new UsageError(`--${option} is ${JSON.stringify(file)}: ${reason}`);
  checkName(option, file);
  const folder = dirname(resolve(file));
  const parent = statSync(folder, { throwIfNoEntry: false });
  if (!parent?.isDirectory())
    throw wrong(`there is no folder ${folder}; accepted: a file in a folder that exists`);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory() || /[\\/]$/.test(file))
    throw wrong('that is a folder; accepted: the name of a file');
  // It is replaced as a whole, which must not happen to a device or a pipe.
  if (there && !there.isFile()) throw wrong('that is no plain file; accepted: the name of a file');
  tryWriting(join(folder, `.${basename(file)}.${process.pid}.probe`), wrong);
}

/** The same for a folder that is to be written to, which may have to be made. */
export function checkFolder(option: string, given: string): void {
  const wrong = (reason: string) =>
    new UsageError(`--${option} is ${JSON.stringify(given)}: ${reason}`);
  checkName(option, given);
  const folder = resolve(given);
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there && !there.isDirectory())
    throw wrong('that is no folder; accepted: a folder, or a name that is free');
  const parent = there ? folder : dirname(folder);
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory())
    throw wrong(`there is no folder ${parent}; accepted: a folder in one that exists`);
  tryWriting(join(parent, `.${basename(folder)}.${process.pid}.probe`), wrong);
}

function tryWriting(probe: string, wrong: (reason: string) => UsageError): void {
  try {
    writeFileSync(probe, Buffer.alloc(65_536));
  } catch (error) {
    throw wrong(`nothing can be written there (${(error as Error).message})`);
  } finally {
    rmSync(probe, { force: true });
  }
}

/** Refuses names of spaces alone and names with control characters. */
export function checkName(option: string, file: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (file.trim() === '' || /[\x00-\x1f\x7f]/.test(file))
    throw new UsageError(
      `--${option} is ${JSON.stringify(file)}; accepted: a name with a visible character and no control characters`,
    );
}

/** Where the policy of the best test lies while a training goes on, and after it where that did better than the last. */
export function bestPath(out: string): string {
  return out.endsWith('.safetensors')
    ? out.replace(/safetensors$/, 'best.safetensors')
    : `${out}.best`;
}

/** Where a long training keeps its newest state: beside its destination, which is written at the end alone. */
export function keptPath(out: string): string {
  return out.endsWith('.safetensors')
    ? out.replace(/safetensors$/, 'run.safetensors')
    : `${out}.run`;
}

/**
 * Refuses a file that is written over an input, or where what belongs beside it would be, or where an interrupted
 * training that nobody goes on with has left its state: all that would be lost without a word.
 * @param inputs files that the command reads, each with how it was given: `--init`, or undefined for an operand
 */
export function checkInputs(
  option: string,
  file: string,
  { replaces = [], goesOnBy }: TextOption,
  inputs: readonly { by: string | undefined; file: string }[],
): void {
  const wrong = (reason: string) =>
    new UsageError(`--${option} is ${JSON.stringify(file)}: ${reason}`);
  for (const { by, file: input } of inputs) {
    const named = by === undefined ? input : `--${by} ${input}`;
    if (isSame(file, input) && !(by !== undefined && replaces.includes(by)))
      throw wrong(`that would be written over ${named}; accepted: another file`);
    const isBeside =
      isSame(bestPath(file), input) || (isSame(keptPath(file), input) && by !== goesOnBy);
    if (goesOnBy !== undefined && isBeside)
      throw wrong(
        `what is kept beside it meanwhile would be written over ${named}; accepted: a file of another name`,
      );
  }
  const left = keptPath(file);
  const isGoneOnWith = inputs.some(({ by, file: input }) => by === goesOnBy && isSame(left, input));
  if (goesOnBy !== undefined && existsSync(left) && !isGoneOnWith)
    throw wrong(
      `beside it lies ${left}, which an interrupted training left; accepted: to go on with it by --${goesOnBy} ${left}, another file, or this one once that is moved away or removed`,
    );
}

/** What a command reads, by its options and operands. */
export function inputsOf(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
  operands: readonly string[],
): { by: string | undefined; file: string }[] {
  const read = Object.entries(table).flatMap(([by, spec]) => {
    const value = values[by];
    const isRead = (spec.type === 'text' || spec.type === 'list') && spec.path === 'read';
    // Some name their destination so, too, where it may be a file or a folder.
    if (!isRead || by === 'out' || value === undefined) return [];
    return [value].flat().map((file) => ({ by, file: String(file) }));
  });
  return [...read, ...operands.map((file) => ({ by: undefined, file }))];
}

/** Both are the same file that is there. */
function isSame(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
