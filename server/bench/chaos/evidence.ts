import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { MetricPoint } from '../../../shared/metrics.ts';
import type { SettingsChange } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { CheckpointFolder } from '../../storage/checkpoints.ts';
import { openSqliteStore } from '../../storage/sqliteStore.ts';
import type { RunStore } from '../../storage/store.ts';
import { KEPT_EPISODES } from '../../storage/store.ts';
import type { Witness } from './witness.ts';

export interface Evidence {
  points: MetricPoint[];
  changes: SettingsChange[];
  problems: string[];
}

/**
 * Reads a copy of a data folder as a server would after a crash, so
 * that the next server still finds the folder as the crash left it. Compares it with all that was shown
 * and promised.
 * @param isFinal nothing was being asked for any more: every promised setting must be there
 */
export function examine(data: string, runId: string, witness: Witness, isFinal: boolean): Evidence {
  const problems: string[] = [];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chaos-copy-'));
  try {
    const name = 'planner-and-doer.db';
    for (const ending of ['', '-wal'])
      if (existsSync(path.join(data, name + ending)))
        copyFileSync(path.join(data, name + ending), path.join(folder, name + ending));
    const store = openSqliteStore(path.join(folder, name), (note) => problems.push(note));
    const points = store.points(runId, Number.MAX_SAFE_INTEGER);
    const changes = store.changes(runId);
    const episodes = store.episodes(runId, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const recordings = new Set(allRecordings(store));
    const settings = store.getRun(runId)?.info.settings;
    store.close();
    const stored = new Map(points.map((point) => [point.updates, JSON.stringify(point)]));
    for (const [updates, text] of witness.points)
      if (stored.get(updates) !== text)
        problems.push(
          `update ${updates} was shown and is ${stored.has(updates) ? 'different' : 'gone'}`,
        );
    problems.push(...missingEpisodes(witness.episodes, episodes));
    for (const id of witness.recordings)
      if (!recordings.has(id)) problems.push(`recording ${id} is gone`);
    const rate = witness.rates.at(-1);
    if (isFinal && rate !== undefined && settings?.learningRate !== rate)
      problems.push(`the learning rate is ${settings?.learningRate}, promised was ${rate}`);
    for (const [index, { updates }] of points.entries())
      if (updates !== index + 1) {
        problems.push(`update ${index + 1} is missing in the database`);
        break;
      }
    return { points, changes, problems };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Episodes that were shown and should still be there: none of those from the first that is kept on, in
 * the order of showing, may be gone or different; before it only where the store is full.
 */
function missingEpisodes(shown: ReadonlyMap<string, string>, stored: readonly Replay[]): string[] {
  const kept = new Map(stored.map((replay) => [replay.id, JSON.stringify(replay)]));
  const ids = [...shown.keys()];
  const first = kept.size < KEPT_EPISODES ? 0 : ids.findIndex((id) => kept.has(id));
  const expected = first < 0 ? ids : ids.slice(first);
  return expected
    .filter((id) => kept.get(id) !== shown.get(id))
    .map((id) => `episode ${id} was shown and is ${kept.has(id) ? 'different' : 'gone'}`)
    .slice(0, 5);
}

/** Looked at each time, however often before: they are what a run goes on from. */
const NEWEST = 3;

/**
 * Weights' hashes of all good checkpoints, by update; data that is damaged is a problem.
 * @param looked names of data files whose bytes were good, which are believed; it grows
 */
export async function hashesIn(
  data: string,
  runId: string,
  looked = new Set<string>(),
): Promise<{ hashes: Map<number, string>; problems: string[] }> {
  const folder = new CheckpointFolder(path.join(data, 'checkpoints'));
  const hashes = new Map<number, string>();
  const problems: string[] = [];
  for (const [at, checkpoint] of folder.list(runId).entries()) {
    const { id, updates } = checkpoint;
    const isKnown = at >= NEWEST && looked.has(checkpoint.data) && existsSync(checkpoint.file);
    const found = isKnown ? checkpoint : await folder.find(id);
    if (found) {
      looked.add(found.data);
      hashes.set(updates, found.weightsHash);
    }
    // A live trainer may have let it go meanwhile.
    else if (folder.list(runId).some((other) => other.id === id))
      problems.push(`checkpoint ${id} is damaged`);
  }
  return { hashes, problems };
}

function* allRecordings(store: RunStore): Generator<string> {
  let next: string | undefined;
  do {
    const page = store.listRecordings(200, next);
    for (const { id } of page.recordings) yield id;
    next = page.next;
  } while (next);
}
