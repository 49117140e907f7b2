import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renewCopy } from '../../storage/copies.ts';
import { hashesIn } from './evidence.ts';
import { isRunning, killNow, ServerProcess } from './processes.ts';
import { Witness } from './witness.ts';

/**
 * What happens to files while no server runs: a random byte of the newest checkpoint or of the database is another
 * one. It happens to a copy of the data folder, so that what was lost with it (which may be told, and is then
 * allowed) is not missed later.
 */
export const DAMAGES = ['checkpoint', 'database'] as const;
export type Damage = (typeof DAMAGES)[number];

const DATABASE = 'planner-and-doer.db';

/**
 * Starts a server on a damaged copy of `data`, whose server is gone. It must start, have the run, and train on; what was
 * shown and is trained again must be what it was before. Returns what is not so.
 * @param hashes known weights by update
 * @param shown updates that viewers were shown. A damaged checkpoint may take a change with it that nobody was told
 *   of: then updates that nobody saw either are made again without it.
 */
export async function tryDamaged(
  damage: Damage,
  data: string,
  runId: string,
  hashes: ReadonlyMap<number, string>,
  shown: ReadonlyMap<number, unknown>,
  random: () => number,
  patienceSeconds: number,
): Promise<string[]> {
  const twin = mkdtempSync(path.join(os.tmpdir(), 'chaos-twin-'));
  const problems: string[] = [];
  let server: ServerProcess | undefined;
  const witness = new Witness(runId);
  try {
    cpSync(data, twin, { recursive: true });
    const where =
      damage === 'database' ? harmDatabase(twin, random) : harmCheckpoint(twin, runId, random);
    if (where === undefined) return [];
    const say = (what: string) => problems.push(`${where} was another one: ${what}`);
    server = new ServerProcess(twin, ['--log-level', 'error']);
    const url = await Promise.race([server.listening, server.gone]);
    if (url === undefined) {
      say(`the server ended, saying ${server.output}`);
      return problems;
    }
    const run = await witness.watch(url);
    if (!run) say(`the run is gone; the server says ${server.output}`);
    // A run that was rebuilt waits for a person, and says so.
    if (run?.status === 'paused') await witness.ask('run:resume', { runId });
    const newest = Math.max(0, witness.highest, ...hashes.keys());
    if (run && !(await witness.untilPast(newest, patienceSeconds, server)))
      say(
        server.isAlive
          ? `no update after ${newest} (${witness.run?.status}: ${witness.run?.message}) ${server.output}`
          : `the server ended, saying ${server.output}`,
      );
    for (const [updates, hash] of (await hashesIn(twin, runId)).hashes)
      if (shown.has(updates) && hashes.has(updates) && hashes.get(updates) !== hash)
        say(`update ${updates} was made again, with different weights`);
    problems.push(...witness.problems.map((problem) => `${where} was another one: ${problem}`));
    return problems;
  } finally {
    witness.leave();
    const trainers = server?.trainers ?? [];
    server?.kill();
    await server?.gone;
    for (const pid of trainers) {
      killNow(pid);
      while (isRunning(pid)) await sleep(20);
    }
    rmSync(twin, { recursive: true, force: true });
  }
}

/** With a good copy beside it, as the server makes them; else an error that says so is all that can be had. */
function harmDatabase(twin: string, random: () => number): string {
  const file = path.join(twin, DATABASE);
  const failed = renewCopy(file);
  if (failed) throw new Error(`the copy could not be made: ${failed}`);
  return harm(file, random);
}

function harmCheckpoint(twin: string, runId: string, random: () => number): string | undefined {
  const folder = path.join(twin, 'checkpoints', runId);
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  const data = readdirSync(folder).find(
    (name) => name.endsWith('.ckpt') && name.startsWith(newest.slice(0, -'.json'.length)),
  );
  return harm(path.join(folder, random() < 0.5 || !data ? newest : data), random);
}

/** Changes a byte in a way that is sure to be a change. Returns which one, in words. */
function harm(file: string, random: () => number): string {
  const at = Math.floor(random() * statSync(file).size);
  const bytes = readFileSync(file);
  bytes[at] = ((bytes[at] ?? 0) + 1 + Math.floor(random() * 255)) % 256;
  writeFileSync(file, bytes);
  return `byte ${at} of ${path.basename(file)}`;
}
