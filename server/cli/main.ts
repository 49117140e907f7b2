import { versionOfPackage } from '../processes/version.ts';
import { type Command, type CommandEntry, UsageError } from './command.ts';
import { checkDestination, checkFolder, checkInputs, inputsOf } from './destination.ts';
import { helpFor, helpForAll } from './help.ts';
import { parseArguments } from './parse.ts';

export interface Streams {
  out: (text: string) => void;
  err: (text: string) => void;
}

/** Names of errors whose message is already one clear line about what was asked for. */
const CLEAR_ERRORS = new Set([
  'UsageError',
  'CheckpointError',
  'StorageError',
  'PortError',
  'PuzzleError',
  'PaperConfigError',
  'PlayError',
  'SweepError',
  'QueueError',
]);

/**
 * Runs one command line.
 * @param argv what follows the program's name
 * @returns the exit code: 0 well, 1 the command failed, 2 it was asked for wrongly
 */
export async function runCli(
  argv: readonly string[],
  entries: readonly CommandEntry[],
  { out, err }: Streams,
): Promise<number> {
  try {
    const [first] = argv;
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
      out(`${helpForAll(entries)}\n`);
      return first === undefined ? 2 : 0;
    }
    if (first === '--version') {
      out(`${versionOfPackage()}\n`);
      return 0;
    }
    const { entry, rest } = findCommand(argv, entries);
    const command = (await entry.load()).command;
    const { options, operands, given, json, help } = parseArguments(command, rest);
    if (help) {
      out(`${helpFor(entry, command)}\n`);
      return 0;
    }
    return await execute(
      command,
      { options, operands, given, say: (line) => err(`${line}\n`) },
      json,
      out,
    );
  } catch (error) {
    return report(error, err);
  }
}

async function execute(
  command: Command,
  context: Parameters<Command['run']>[0],
  asJson: boolean,
  out: Streams['out'],
): Promise<number> {
  const inputs = inputsOf(command.options, context.options, context.operands);
  // Hours of work should not be done for a file that cannot be written.
  for (const [name, spec] of Object.entries(command.options)) {
    const file = context.options[name];
    if (spec.type !== 'text' || typeof file !== 'string') continue;
    if (spec.path === 'written') checkDestination(name, file);
    if (spec.path === 'written' || name === 'out') checkInputs(name, file, spec, inputs);
    if (spec.path === 'folder') checkFolder(name, file);
  }
  const { json, text, exitCode } = await command.run(context);
  if (asJson) out(`${JSON.stringify(json)}\n`);
  else {
    const shown =
      text ??
      Object.entries(json)
        .map(([key, value]) => `${key}: ${plain(value)}`)
        .join('\n');
    if (shown) out(`${shown}\n`);
  }
  return exitCode ?? 0;
}

function plain(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value))
    return String(Number(value.toPrecision(6)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Names of one word or two; of two names that fit, the longer. */
function findCommand(argv: readonly string[], entries: readonly CommandEntry[]) {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ');
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry) return { entry, rest: argv.slice(words) };
  }
  const beginning = entries.filter(({ name }) => name.startsWith(`${argv[0]} `));
  if (beginning.length > 0)
    throw new UsageError(
      `${argv[0]} needs one of: ${beginning.map(({ name }) => name.slice(argv[0].length + 1)).join(', ')}`,
    );
  throw new UsageError(
    `unknown command ${JSON.stringify(argv[0])}; accepted: ${entries.map(({ name }) => name).join(', ')}`,
  );
}

function report(error: unknown, err: Streams['err']): number {
  const { name, message, code, stack } = error as NodeJS.ErrnoException;
  const isMissingFile =
    code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR' || code === 'EACCES';
  const isClear = CLEAR_ERRORS.has(name) || isMissingFile;
  err(`${(message ?? String(error)).split('\n')[0]}\n`);
  if (!isClear && stack) err(`${stack}\n`);
  return isClear ? 2 : 1;
}
