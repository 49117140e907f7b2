import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Moment } from '../../shared/moments.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { createMemoryStore } from './memoryStore.ts';
import { HELD_MOMENTS, KEPT_MOMENTS } from './moments.ts';
import { samplePoint, sampleReplay, sampleRun } from './sample.testing.ts';
import { MAX_POINTS, THINNED_POINTS } from './series.ts';
import { openSqliteStore } from './sqliteStore.ts';
import { KEPT_EPISODES, PAGE_BYTES, RESTORABLE_MS, type RunStore, StorageError } from './store.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'store-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const change = (envSteps: number, to: number): SettingsChange => ({
  envSteps,
  seconds: 1,
  at: 5,
  kind: 'rewards',
  changes: [{ id: 'bump', from: 0, to }],
});

const aMoment = (id: string): Moment => ({
  ...{ id, seed: 1, mission: 'go to a door', envSteps: 0, success: true, steps: 1, deeds: [] },
});

describe.each<[string, () => RunStore]>([
  ['memory', createMemoryStore],
  ['sqlite', () => openSqliteStore(path.join(folder, `${files++}.db`))],
])('the %s store', (_name, open) => {
  let store: RunStore;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => store.close());

  test('gives back a run as it was put, and the newer version of it after', () => {
    const run = sampleRun('run-a', { message: 'ünïcode “quotes”', engine: undefined });
    store.putRun(run);
    expect(JSON.stringify(store.getRun('run-a'))).toBe(JSON.stringify(run));
    store.putRun({ ...run, wanted: 'running', info: { ...run.info, status: 'running' } });
    expect(store.getRun('run-a')).toMatchObject({ wanted: 'running', info: { status: 'running' } });
    expect(store.listRuns()).toHaveLength(1);
    expect(store.getRun('run-b')).toBeUndefined();
  });

  test('lists runs newest first', () => {
    for (const [id, createdAt] of [
      ['a', 10],
      ['b', 30],
      ['c', 20],
    ] as const)
      store.putRun(sampleRun(id, { createdAt }));
    expect(store.listRuns().map((run) => run.info.id)).toEqual(['b', 'c', 'a']);
  });

  test('what it gave back can be changed without changing what it keeps', () => {
    const run = sampleRun('run-a');
    store.putRun(run);
    store.getRun('run-a')!.info.name = 'changed';
    run.info.name = 'changed too';
    expect(store.getRun('run-a')?.info.name).toBe('run-a');
  });

  test('keeps one point per update, the newer where one is redone', () => {
    const run = sampleRun('run-a');
    store.putRun(run);
    for (const updates of [1, 3, 2]) store.putUpdate(run, samplePoint(updates));
    store.putUpdate(
      { ...run, info: { ...run.info, updates: 2, envSteps: 4096 } },
      samplePoint(2, { success: 0.75 }),
    );
    const points = store.points('run-a', 100);
    expect(points.map((point) => point.updates)).toEqual([1, 2, 3]);
    expect(points[1].values.success).toBe(0.75);
    expect(store.getRun('run-a')?.info.envSteps).toBe(4096);
    expect(store.points('nobody', 100)).toEqual([]);
  });

  test('thins points to the limit, keeps held-out tests longest and the newest always', () => {
    const run = sampleRun('run-a');
    store.putRun(run);
    for (let updates = 1; updates <= 997; updates++) {
      const tested = updates % 50 === 0;
      store.putUpdate(run, samplePoint(updates, tested ? { evalSuccess: 0.5 } : {}));
    }
    const points = store.points('run-a', 100);
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points.length).toBeGreaterThan(60);
    expect(points.filter((point) => point.values.evalSuccess !== undefined)).toHaveLength(19);
    expect(points.at(-1)?.updates).toBe(997);
    expect(points.map((p) => p.updates)).toEqual(
      points.map((p) => p.updates).sort((a, b) => a - b),
    );
    expect(store.points('run-a', 1000)).toHaveLength(997);
  });

  test('thins to the limit also where every point has a held-out test', () => {
    const run = sampleRun('run-a');
    store.putRun(run);
    for (let updates = 1; updates <= 301; updates++)
      store.putUpdate(run, samplePoint(updates, { evalSuccess: 0.1 }));
    const points = store.points('run-a', 50);
    expect(points.length).toBeLessThanOrEqual(50);
    expect(points.at(-1)?.updates).toBe(301);
  });

  test('a long run keeps as many points as are useful, extremes among them', () => {
    const run = sampleRun('run-a');
    for (let updates = 1; updates <= MAX_POINTS + 1; updates++) {
      const point = samplePoint(updates);
      store.putUpdate(run, updates === 77 ? { ...point, values: { return: 1e6 } } : point);
    }
    const kept = store.points('run-a', MAX_POINTS);
    expect(kept).toHaveLength(THINNED_POINTS);
    const updates = kept.map((point) => point.updates);
    expect(updates).toEqual(expect.arrayContaining([1, 77, MAX_POINTS + 1]));
    expect(store.points('run-a', 20).map((point) => point.updates)).toContain(77);
  });

  test('of many recordings with long names a page is short', () => {
    for (let n = 0; n < 150; n++)
      store.saveRecording({ ...sampleReplay('ep-1', n), levelId: `layout:${'x'.repeat(1900)}` }, n);
    const seeds: number[] = [];
    let pages = 0;
    for (let next: string | undefined = '9'.repeat(15) + '.rec-f'; next; pages++) {
      const page = store.listRecordings(200, next);
      expect(JSON.stringify(page).length).toBeLessThan(PAGE_BYTES + 1000);
      seeds.push(...page.recordings.map(({ seed }) => seed));
      next = page.next;
    }
    expect(pages).toBe(2);
    expect(seeds).toEqual(Array.from({ length: 150 }, (_, n) => 149 - n));
  });

  test('forgets the points that a run will redo', () => {
    const run = sampleRun('run-a');
    store.putRun(run);
    for (let updates = 1; updates <= 5; updates++) store.putUpdate(run, samplePoint(updates));
    expect(store.dropPointsAfter('run-a', 3)).toBe(2);
    expect(store.points('run-a', 10).map((point) => point.updates)).toEqual([1, 2, 3]);
  });

  test('keeps episodes of all of learning, never thins out those that are held, and forgets them with the run', () => {
    store.putRun(sampleRun('run-a'));
    const moment = (replay: Replay, n: number): Moment => ({
      ...{ id: replay.id, seed: 7, mission: replay.mission, success: false, steps: 2 },
      ...{ envSteps: n * 64, deeds: [], level: 0.5 },
    });
    for (let n = 0; n < 400; n++) {
      const replay = sampleReplay(`ep-${n}`);
      store.putEpisode('run-a', replay);
      store.putMoment('run-a', moment(replay, n), replay);
      // Twice is once.
      store.putMoment('run-a', { ...moment(replay, n), level: 1 }, replay);
      if (n === 100) expect(store.holdMoment('run-a', (one) => moment(one, n), 'ep-99')).toBe(true);
    }
    const kept = store.moments('run-a');
    expect(kept).toHaveLength(KEPT_MOMENTS + 1);
    expect(kept.map(({ envSteps }) => envSteps)).toEqual(
      kept.map(({ envSteps }) => envSteps).sort((a, b) => a - b),
    );
    expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining(['ep-0', 'ep-99', 'ep-399']));
    expect(kept.every(({ level }) => level === 0.5)).toBe(true);
    // Long gone from the newest 240.
    expect(store.episode('run-a', 'ep-99')).toEqual(sampleReplay('ep-99'));
    expect(store.episode('run-a', 'ep-0')).toEqual(sampleReplay('ep-0'));
    const gone = Array.from({ length: 150 }, (_, n) => `ep-${n}`).find(
      (id) => !kept.some((one) => one.id === id),
    ) as string;
    expect(store.episode('run-a', gone)).toBeUndefined();
    expect(store.holdMoment('run-a', (one) => moment(one, 1), gone)).toBe(false);
    // One of the newest that thinning has left out is still to be had, and is kept from now on.
    const newest = Array.from({ length: 200 }, (_, n) => `ep-${n + 199}`).find(
      (id) => !kept.some((one) => one.id === id),
    ) as string;
    expect(store.holdMoment('run-a', (one) => moment(one, 390), newest)).toBe(true);
    expect(store.moments('run-a').map(({ id }) => id)).toContain(newest);
    store.deleteRun('run-a');
    expect(store.moments('run-a')).toEqual([]);
  });

  test('holds so many episodes of a run and no more', () => {
    store.putRun(sampleRun('run-a'));
    const held = Array.from({ length: HELD_MOMENTS + 1 }, (_, n) => {
      const replay = sampleReplay(`ep-${n}`);
      store.putEpisode('run-a', replay);
      const { id, seed, mission } = replay;
      const moment = { id, seed, mission, envSteps: n, success: false, steps: 2, deeds: [] };
      return store.holdMoment('run-a', () => moment, id);
    });
    expect(held.filter(Boolean)).toHaveLength(HELD_MOMENTS);
    expect(held.at(-1)).toBe(false);
    // What is held already stays so.
    expect(store.holdMoment('run-a', () => ({}) as Moment, 'ep-0')).toBe(true);
  });

  test('keeps the newest episodes that were shown, each once', () => {
    store.putRun(sampleRun('run-a'));
    const put = (replay: Replay) => store.putEpisode('run-a', replay);
    expect([put(sampleReplay('ep-1')), put(sampleReplay('ep-2'))]).toEqual([true, true]);
    // Played again after a crash: what was shown first stays, where it was.
    expect(put({ ...sampleReplay('ep-1'), createdAt: 5 })).toBe(false);
    expect(store.episodes('run-a', 999, 1e9)).toEqual([sampleReplay('ep-1'), sampleReplay('ep-2')]);
    for (let updates = 2; updates <= 100; updates++) {
      for (const n of [1, 2, 3]) put(sampleReplay(`ep-${updates}-${n}`));
      store.putUpdate(sampleRun('run-a'), samplePoint(updates));
    }
    const kept = store.episodes('run-a', 999, 1e9).map(({ id }) => id);
    expect(kept).toHaveLength(KEPT_EPISODES);
    expect(kept.at(-1)).toBe('ep-100-3');
    expect(kept[0]).toBe('ep-21-1');
    expect([store.newestUpdates('run-a'), store.newestUpdates('run-b')]).toEqual([100, 0]);
    expect(store.episode('run-a', 'ep-100-3')).toEqual(sampleReplay('ep-100-3'));
    expect(store.episode('run-a', 'ep-1')).toBeUndefined();
    expect(store.episodes('run-a', 2, 1e9).map(({ id }) => id)).toEqual(['ep-100-2', 'ep-100-3']);
    expect(store.episodes('run-a', 9, 1).map(({ id }) => id)).toEqual(['ep-100-3']);
    expect(store.episodes('run-b', 999, 1e9)).toEqual([]);
  });

  test('deletes a run with all that belongs to it, but not what was recorded of it', () => {
    for (const id of ['run-a', 'run-b']) {
      store.putUpdate(sampleRun(id), samplePoint(1));
      store.putEpisode(id, sampleReplay('ep-1'));
      store.addChange(id, change(100, 0.2));
    }
    const { recording } = store.saveRecording(sampleReplay('ep-1'), 1);
    expect(store.deleteRun('run-a')).toBe(true);
    expect(store.deleteRun('run-a')).toBe(false);
    expect(store.getRun('run-a')).toBeUndefined();
    for (const id of ['run-a', 'run-b']) {
      const left = id === 'run-a' ? 0 : 1;
      expect(store.points(id, 10)).toHaveLength(left);
      expect(store.changes(id)).toHaveLength(left);
      expect(store.episodes(id, 999, 1e9)).toHaveLength(left);
    }
    expect(store.getRecording(recording.id)).toBeDefined();
  });

  test('a fork has what its parent had until then, and changes of its own; each may go without the other', () => {
    const parent = sampleRun('parent');
    store.putRun(parent);
    for (const updates of [1, 2, 3]) store.putUpdate(parent, samplePoint(updates));
    const at = samplePoint(2).envSteps;
    store.addChange('parent', change(at - 1, 0.1));
    store.addChange('parent', change(at, 0.2));
    for (const [id, envSteps] of [
      ['early', at],
      ['late', at + 1],
    ] as const)
      store.putMoment('parent', { ...aMoment(id), envSteps }, sampleReplay(id, 1));
    store.putFork(sampleRun('fork'), [change(at, 0.3)], {
      ...{ runId: 'parent', updates: 2, envSteps: at },
    });
    store.putFork(sampleRun('bare'), []);
    store.deleteRun('parent');
    expect(store.points('fork', 10)).toEqual([samplePoint(1), samplePoint(2)]);
    expect(store.changes('fork')).toEqual([change(at - 1, 0.1), change(at, 0.3)]);
    expect(store.moments('fork').map(({ id }) => id)).toEqual(['early']);
    expect(store.episode('fork', 'early')).toEqual(sampleReplay('early', 1));
    expect([store.points('bare', 10), store.changes('bare'), store.moments('bare')]).toEqual([
      ...[[], [], []],
    ]);
  });

  test('gives changes in order of their steps', () => {
    store.putRun(sampleRun('run-a'));
    for (const item of [change(300, 0.1), change(100, 0.2), change(300, 0.05)])
      store.addChange('run-a', item);
    expect(store.changes('run-a')).toEqual([change(100, 0.2), change(300, 0.1), change(300, 0.05)]);
    expect(store.changes('run-b')).toEqual([]);
  });

  test('keeps a recording once, lists the newest first, and deletes it', () => {
    const first = store.saveRecording(sampleReplay('ep-1'), 100);
    const second = store.saveRecording(sampleReplay('ep-2'), 200);
    const { mission, ...others } = sampleReplay('ep-1');
    const reordered = { mission, ...others };
    for (const same of [sampleReplay('ep-1'), reordered])
      expect(store.saveRecording(same, 300)).toEqual({ ...first, added: false });
    expect(first.added).toBe(true);
    expect(first.recording).toMatchObject({ steps: 2, savedAt: 100, runId: 'run-a' });
    expect(store.listRecordings(9)).toEqual({ recordings: [second.recording, first.recording] });
    const page = store.listRecordings(1);
    expect(page.recordings).toEqual([second.recording]);
    expect(store.listRecordings(1, page.next)).toEqual({ recordings: [first.recording] });
    const bytes = JSON.stringify(sampleReplay('ep-1')).length * 2;
    const totals = store.recordingTotals();
    expect(totals.count).toBe(2);
    // The database adds a checksum to each.
    expect(totals.bytes - bytes).toBeGreaterThanOrEqual(0);
    expect(totals.bytes - bytes).toBeLessThan(100);
    expect(store.getRecording(first.recording.id)).toEqual(sampleReplay('ep-1'));
    expect(store.deleteRecording(first.recording.id, 1)).toBe(true);
    expect(store.deleteRecording(first.recording.id, 1)).toBe(false);
    expect(store.getRecording(first.recording.id)).toBeUndefined();
  });

  test('a recording has a name and tags; one that is deleted can be put back, until an hour has gone', () => {
    const { id } = store.saveRecording(sampleReplay('ep-1'), 100, 'failures').recording;
    const other = store.saveRecording(sampleReplay('ep-2'), 200).recording;
    const named = store.describeRecording(id, { name: 'stuck', tags: ['door'] });
    expect(named).toMatchObject({ name: 'stuck', tags: ['door'], why: 'failures', savedAt: 100 });
    expect(store.describeRecording('rec-none', { name: 'x' })).toBeUndefined();
    expect(store.deleteRecording(id, 1000)).toBe(true);
    expect(store.listRecordings(9)).toEqual({ recordings: [other] });
    expect(store.recordingInfo(id)).toBeUndefined();
    expect(store.recordingTotals().count).toBe(1);
    expect(store.restoreRecording(id)).toEqual(named);
    expect(store.getRecording(id)).toEqual(sampleReplay('ep-1'));
    store.deleteRecording(id, 1000);
    store.deleteRecording(other.id, 1001 + RESTORABLE_MS);
    expect(store.restoreRecording(id)).toBeUndefined();
    expect(store.restoreRecording(other.id)).toEqual(other);
    // What is saved again after it was deleted is a new recording.
    store.deleteRecording(other.id, 5);
    expect(store.saveRecording(sampleReplay('ep-2'), 300)).toMatchObject({
      added: true,
      recording: { savedAt: 300 },
    });
  });

  test('two episodes with the same name but other contents are two recordings', () => {
    store.saveRecording(sampleReplay('ep-1', 7), 1);
    store.saveRecording(sampleReplay('ep-1', 8), 2);
    expect(store.listRecordings(9).recordings.map((item) => item.seed)).toEqual([8, 7]);
  });
});

test('after closing, the database still has everything', () => {
  const file = path.join(folder, 'again.db');
  const store = openSqliteStore(file);
  store.putRun(sampleRun('run-a'));
  store.putUpdate(sampleRun('run-a', { updates: 4 }), samplePoint(4));
  const { recording } = store.saveRecording(sampleReplay('ep-1'), 9);
  store.close();
  const again = openSqliteStore(file);
  expect(again.getRun('run-a')?.info.updates).toBe(4);
  expect(again.points('run-a', 9)).toEqual([samplePoint(4)]);
  expect(again.getRecording(recording.id)).toEqual(sampleReplay('ep-1'));
  again.close();
});

test('a closed database answers with a storage error', () => {
  const store = openSqliteStore(path.join(folder, 'closed.db'));
  store.close();
  expect(() => store.listRuns()).toThrow(StorageError);
});
