import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { LOADER_ARGS } from '../processes/loader.ts';
import { ageOfCopy } from './copies.ts';

const COPY_PROCESS = fileURLToPath(new URL('./copyProcess.ts', import.meta.url));
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 3_600_000;
/** A copy that takes longer is given up. */
const PATIENCE_MS = 600_000;
/** Niceness from 0 to 19: after everything else. */
const NICENESS = 15;

/** Renews the copy of a database every hour while it is in use, in a process of its own. */
export class CopyKeeper {
  private readonly file: string;
  private readonly note: (message: string) => void;
  private timer: NodeJS.Timeout | undefined;
  private child: ChildProcess | undefined;

  /** @param note told where a copy could not be made; the one before stays */
  constructor(file: string, note: (message: string) => void, firstAfterMs = FIRST_AFTER_MS) {
    this.file = file;
    this.note = note;
    const age = ageOfCopy(file);
    this.wait(age < EVERY_MS ? EVERY_MS - age : firstAfterMs);
  }

  close(): void {
    clearTimeout(this.timer);
    this.child?.kill('SIGKILL');
  }

  private wait(ms: number): void {
    this.timer = setTimeout(() => this.renew(), ms);
    this.timer.unref();
  }

  private renew(): void {
    const child = spawn(process.execPath, [...LOADER_ARGS, COPY_PROCESS, this.file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: PATIENCE_MS,
    });
    this.child = child;
    if (child.pid !== undefined) os.setPriority(child.pid, NICENESS);
    let why = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      why = (why + text).slice(-500);
    });
    child.on('error', (error) => {
      why = error.message;
    });
    child.on('close', (code) => {
      this.child = undefined;
      if (code !== 0)
        this.note(`The copy of the database was not renewed (${why.trim() || `code ${code}`}).`);
      this.wait(EVERY_MS);
    });
  }
}
