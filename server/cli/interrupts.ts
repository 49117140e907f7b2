const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type Interrupt = keyof typeof CODES;
const SIGNALS = Object.keys(CODES) as Interrupt[];

/**
 * Lets a long command end well when it is asked to stop: the first SIGINT (Ctrl-C), SIGTERM or SIGHUP is
 * noted, so that the command saves its work and ends; a second one ends the process at once.
 */
export class Interrupts {
  private caught: Interrupt | undefined;
  private readonly say: (line: string) => void;
  private readonly words: string;

  /** @param words what happens next, after "SIGINT: " */
  constructor(say: (line: string) => void, words = 'stopping after this update, and saving') {
    this.say = say;
    this.words = words;
    for (const signal of SIGNALS) process.on(signal, this.note);
  }

  /** What came, if anything. */
  get signal(): Interrupt | undefined {
    return this.caught;
  }

  /** Exit code of a process that ended by that signal, as shells know it. */
  get exitCode(): number {
    return this.caught ? CODES[this.caught] : 0;
  }

  private readonly note = (signal: NodeJS.Signals) => {
    if (this.caught) process.exit(this.exitCode);
    this.caught = signal as Interrupt;
    this.say(`${signal}: ${this.words}; once more to stop at once`);
  };

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.note);
  }
}
