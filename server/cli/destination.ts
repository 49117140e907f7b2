import { rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './command.ts';

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
