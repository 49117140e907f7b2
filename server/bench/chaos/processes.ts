import { type ChildProcess, fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LOADER_ARGS } from '../../processes/loader.ts';

const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));

/** The real server, as a process of its own that can be killed. */
export class ServerProcess {
  /** Resolves with its address once it listens; never if it is killed first. */
  readonly listening: Promise<string>;
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private errors = '';

  constructor(data: string, more: readonly string[] = [], nodeOptions = '') {
    this.child = fork(CLI, ['serve', '--port', '0', '--data', data, ...more], {
      execArgv: [...LOADER_ARGS],
      // The test runner's own options must not reach it.
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-4000);
    });
    this.gone = new Promise((resolve) => this.child.on('exit', () => resolve()));
    this.listening = new Promise((resolve) =>
      this.child.on('message', (message) => resolve((message as { url: string }).url)),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end of its standard error output. */
  get output(): string {
    return this.errors;
  }

  /** Its trainers' process ids. */
  get trainers(): number[] {
    return trainersOf(this.pid);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.gone;
  }
}

/** Child processes of a server that train, by Linux's process table. */
function trainersOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [, state, ppid] = /\) (\S) (\d+)/.exec(stat) ?? [];
        return (
          Number(ppid) === parent &&
          state !== 'Z' &&
          /runs\/trainer\.[jt]s/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Seconds that a process's threads could have run, and waited for a core instead; 0 where there is no such process. */
export function waitedForCore(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
      const line = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
      return sum + Number(line.split(' ')[1] ?? 0) / 1e9;
    }, 0);
  } catch {
    return 0;
  }
}

/** False if there is no such process, or it is a zombie. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

export const killNow = (pid: number) => signal(pid, 'SIGKILL');

/** Stops a process where it is, or wakes it. */
export const freeze = (pid: number) => signal(pid, 'SIGSTOP');
export const wake = (pid: number) => signal(pid, 'SIGCONT');

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself a moment ago.
  }
}
