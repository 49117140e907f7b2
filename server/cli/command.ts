/**
 * What a command of the command line is made of. A table describes its options; help, checking and
 * the types of the values all come from that one table.
 */
interface OptionBase {
  help: string;
  /** Shown in help; by default the type's. */
  placeholder?: string;
  required?: boolean;
}
export interface FlagOption extends OptionBase {
  type: 'flag';
}
export interface TextOption extends OptionBase {
  type: 'text';
  default?: string;
  choices?: readonly string[];
  /** Turns what was written into what is meant, before it is checked. */
  read?: (value: string) => string;
  /** What is wrong with a value, as "accepted: …", or nothing. */
  check?: (value: string) => string | undefined;
  /**
   * It names a file or folder: a leading ~ is the home folder. A file that is written, and a folder that is written to,
   * are looked at first.
   */
  path?: 'read' | 'written' | 'folder';
  /** Of a file that is written: the options whose file it may take the place of. No other input is written over. */
  replaces?: readonly string[];
  /** Of a file that a long training writes, which keeps its state beside it: the option that goes on from there. */
  goesOnBy?: string;
}
export interface NumberOption extends OptionBase {
  type: 'number' | 'integer';
  default?: number;
  min?: number;
  max?: number;
}
/** Comma-separated, or given several times. */
export interface ListOption extends OptionBase {
  type: 'list';
  default?: readonly string[];
  choices?: readonly string[];
  /** Where items may hold commas themselves. */
  split?: (text: string) => string[];
  read?: (value: string) => string;
  /** What each item may be, as with text. */
  check?: (value: string) => string | undefined;
  /** Its items name files that are read: a leading ~ is the home folder. */
  path?: 'read';
}
export type OptionSpec = FlagOption | TextOption | NumberOption | ListOption;
export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<O extends OptionSpec> = O extends FlagOption
  ? boolean
  : O extends NumberOption
    ? number
    : O extends ListOption
      ? string[]
      : O extends { choices: readonly (infer C)[] }
        ? C
        : string;
/** Options with a default or marked `required` are always there; flags are false where not given. */
export type OptionValues<T extends OptionTable> = {
  [K in keyof T]: T[K] extends { required: true } | { default: unknown } | FlagOption
    ? ValueOf<T[K]>
    : ValueOf<T[K]> | undefined;
};

/** Words after the options. */
export interface Operands {
  name: string;
  help: string;
  min: number;
  max: number;
}

export interface CommandContext<T extends OptionTable> {
  options: OptionValues<T>;
  operands: string[];
  /** Names of the options that were written, not those that have their default. */
  given: ReadonlySet<string>;
  /** A line of progress, to stderr. */
  say: (line: string) => void;
}

export interface CommandResult {
  /** With `--json`, the last line of stdout. */
  json: Record<string, unknown>;
  /** Without it; by default the JSON's fields, one a line. */
  text?: string;
  exitCode?: number;
}

export interface Command<T extends OptionTable = OptionTable> {
  options: T;
  operands?: Operands;
  run(context: CommandContext<T>): Promise<CommandResult> | CommandResult;
}

/** Keeps the table's exact types for `run`, and hides them from the registry. */
export function defineCommand<const T extends OptionTable>(command: Command<T>): Command {
  // Cast: the registry reads options by a command's own table, and gives `run` nothing else.
  return command as unknown as Command;
}

/** Something wrong with what was asked for: one line on stderr and exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** One line of the registry: the module is loaded only when its command is used. */
export interface CommandEntry {
  /** One word or two. */
  name: string;
  summary: string;
  load: () => Promise<{ command: Command }>;
}
