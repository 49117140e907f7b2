import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from './processes.ts';
import type { Witness } from './witness.ts';

/**
 * What happens around the processes: the data folder is renamed for a while (`hidden`), their clock is set (`clock`),
 * they lose all cores but one (`cores`), the disk is full (`full`).
 */
export const SURROUNDINGS = ['hidden', 'clock', 'cores', 'full'] as const;
export type Surrounding = (typeof SURROUNDINGS)[number];

const PATIENCE_MS = 120_000;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const MAX_HELD_MS = 4000;

const succeeds = (action: () => unknown) => {
  try {
    action();
    return true;
  } catch {
    return false;
  }
};

/** The folder, clock, cores and disk of the processes under test. */
export class Surroundings {
  /** Of the server. Its parent is a file system of its own where this may mount one. */
  readonly data: string;
  /** For Node's `--import` in all processes: their `Date` follows the clock's file. */
  readonly nodeOptions: string;
  private readonly root: string;
  private readonly disk: string;
  private readonly clock: string;
  private readonly isMounted: boolean;

  constructor(root: string, diskMb: number) {
    this.root = root;
    this.disk = path.join(root, 'disk');
    this.data = path.join(this.disk, 'data');
    this.clock = path.join(root, 'clock');
    writeFileSync(this.clock, '0');
    this.nodeOptions = `--import ${skewedClock(this.clock)}`;
    execFileSync('mkdir', [this.disk]);
    const options = ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'tmpfs', this.disk];
    this.isMounted = succeeds(() => execFileSync('mount', options, { stdio: 'ignore' }));
  }

  /** Those that this machine and user allow. */
  get possible(): Surrounding[] {
    const hasCores = os.cpus().length > 1 && succeeds(() => execFileSync('taskset', ['-V']));
    return SURROUNDINGS.filter(
      (kind) => (kind !== 'full' || this.isMounted) && (kind !== 'cores' || hasCores),
    );
  }

  /** Lets it happen, and end. Returns what was wrong meanwhile. */
  async strike(
    kind: Surrounding,
    server: ServerProcess,
    witness: Witness,
    random: () => number,
  ): Promise<string[]> {
    const held = random() * MAX_HELD_MS;
    if (kind === 'clock') {
      writeFileSync(this.clock, String(Math.round((random() * 2 - 1) * TEN_YEARS_MS)));
      return [];
    }
    if (kind === 'cores') {
      const pids = [server.pid, ...server.trainers];
      for (const pid of pids) bind(pid, '0');
      await sleep(held);
      for (const pid of pids) bind(pid, `0-${os.cpus().length - 1}`);
      return [];
    }
    witness.storageMayFail = true;
    const problems = await (kind === 'hidden' ? this.hide(server, held) : this.fill(witness, held));
    witness.storageMayFail = false;
    return problems;
  }

  remove(): void {
    // Lazily: the database's driver lets go of its file only with the process.
    if (this.isMounted) succeeds(() => execFileSync('umount', ['-l', this.disk]));
    rmSync(this.root, { recursive: true, force: true });
  }

  private async hide(server: ServerProcess, held: number): Promise<string[]> {
    const { data } = this;
    const url = await server.listening;
    const problems: string[] = [];
    renameSync(data, `${data}.away`);
    if (!(await untilHealth(url, 503)))
      problems.push('the folder is gone, and the server says that it is ready');
    await sleep(held);
    if (existsSync(data)) {
      problems.push('the folder was gone, and was made anew');
      rmSync(data, { recursive: true });
    }
    renameSync(`${data}.away`, data);
    if (!(await untilHealth(url, 200)))
      problems.push('the folder is back, and the server says that it is not ready');
    return problems;
  }

  /** Until the run waits, or goes on since it made room. */
  private async fill(witness: Witness, held: number): Promise<string[]> {
    const filler = path.join(this.disk, 'filler');
    for (let size = 2 ** 20; size >= 512; size /= 2)
      while (succeeds(() => writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })));
    const before = witness.highest;
    // What it said of a fault just before may still stand.
    const isTold = () => witness.run?.status === 'paused' && /full/.test(witness.run.message ?? '');
    const isSeen = () => isTold() || witness.highest > before + 1;
    const end = performance.now() + PATIENCE_MS;
    while (!isSeen() && performance.now() < end) await sleep(50);
    const { status, message } = witness.run ?? {};
    await sleep(held);
    rmSync(filler);
    return status === 'paused' && !/full/.test(message ?? '')
      ? [`the disk is full, and the run says: ${message}`]
      : [];
  }
}

function bind(pid: number, cores: string): void {
  // It may have ended by itself a moment ago.
  succeeds(() =>
    execFileSync('taskset', ['-a', '-p', '-c', cores, String(pid)], { stdio: 'ignore' }),
  );
}

async function untilHealth(url: string, status: number): Promise<boolean> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const answer = await fetch(new URL('/api/health', url)).catch(() => undefined);
    if (answer?.status === status) return true;
    await sleep(200);
  }
  return false;
}

/** A module, as a URL, that moves `Date` by the number of milliseconds in a file. */
function skewedClock(file: string): string {
  const source = `
    import { readFileSync } from 'node:fs';
    let offset = 0;
    const read = () => { try { offset = Number(readFileSync(${JSON.stringify(file)}, 'utf8')) || 0; } catch {} };
    read();
    setInterval(read, 200).unref();
    const Real = Date;
    globalThis.Date = class Date extends Real {
      constructor(...args) { if (args.length === 0) super(Real.now() + offset); else super(...args); }
      static now() { return Real.now() + offset; }
    };`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
