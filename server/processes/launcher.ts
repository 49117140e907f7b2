import { fork, type Serializable } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { LOADER_ARGS } from './loader.ts';

/** A started process that speaks in messages, wherever it runs. */
export interface ProcessHandle<To, From> {
  send(message: To): void;
  onMessage(listener: (message: From) => void): void;
  /** Once, when it is gone; `reason` in plain words, undefined where it exited by itself with code 0. */
  onExit(listener: (reason: string | undefined) => void): void;
  /** At once, without saving. */
  kill(): void;
  /** Seconds of processor time that it has used so far; undefined where the system does not say. */
  computed?(): number | undefined;
}

/** What a second counts in which a process did not compute: it waited for a core, or hangs. */
const WAITING = 0.2;

/**
 * Of the seconds that passed, those that a process had to work: on a busy machine it waits for a core, which is no fault
 * of its own. One that only waits must be given up, too, so of that a fifth counts.
 * @param computed what it has computed by now, `before` what it had at the start; undefined counts all
 */
export function timeHad(passed: number, computed: number | undefined, before: number): number {
  if (computed === undefined) return passed;
  return Math.min(passed, Math.max(computed - before, passed * WAITING));
}

export type LaunchProcess<To, From> = () => ProcessHandle<To, From>;

/** Niceness from 0 to 19. This one gets a ninth of the share of a usual process, so that answers come first where all cores are busy. */
const NICENESS = 10;

/** Starts a file of this program as a child process of low priority. */
export function processLauncher<To, From>(
  entry: string,
  onOutput: (line: string) => void,
): LaunchProcess<To, From> {
  return () => {
    const child = fork(entry, {
      execArgv: [...LOADER_ARGS],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    lowerPriority(child.pid);
    let lastError = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter(Boolean)) onOutput(line);
        if (stream === child.stderr) lastError = (lastError + text).slice(-2000);
      });
    }
    let failed: string | undefined;
    child.on('error', (error) => {
      failed = `could not be started (${error.message})`;
    });
    return {
      send(message) {
        if (child.connected) child.send(message as Serializable, () => undefined);
      },
      onMessage: (listener) => void child.on('message', (message) => listener(message as From)),
      onExit(listener) {
        let told = false;
        const tell = (reason: string | undefined) => {
          if (!told) listener(reason);
          told = true;
        };
        child.on('error', () => {
          if (child.pid === undefined) tell(failed);
        });
        child.on('close', (code, signal) => tell(failed ?? reasonOf(code, signal, lastError)));
      },
      kill: () => void child.kill('SIGKILL'),
      computed: () => computedBy(child.pid),
    };
  };
}

/** Linux's count of what all threads of a process used, in hundredths of a second. */
function computedBy(pid: number | undefined): number | undefined {
  try {
    const [, ...fields] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
    const [user, system] = fields.join(') ').split(' ').slice(11, 13).map(Number);
    return user === undefined || system === undefined ? undefined : (user + system) / 100;
  } catch {
    return undefined;
  }
}

/**
 * Training takes all cores that it can get; the server, and whatever else the user does, comes first.
 * Done before the trainer starts its threads, which inherit it.
 */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) os.setPriority(pid, NICENESS);
  } catch {
    // Not allowed everywhere, and nothing depends on it.
  }
}

function reasonOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  lastError: string,
): string | undefined {
  if (code === 0) return undefined;
  if (/heap out of memory/.test(lastError)) return 'ran out of memory';
  if (signal === 'SIGKILL') return 'was killed (by a person, or by the system for want of memory)';
  if (signal) return `was ended by ${signal}`;
  const line = lastError
    .split('\n')
    .map((text) => text.trim())
    .find((text) => /^\w*Error\b/.test(text));
  return `exited with code ${code}${line ? ` (${line.slice(0, 300)})` : ''}`;
}
