import type { MetricPoint } from '../../shared/metrics.ts';
import type { Moment } from '../../shared/moments.ts';
import type { RecordingInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { HELD_MOMENT_BYTES, HELD_MOMENTS, surplusMoments } from './moments.ts';
import { recordingIdOf } from './recordingId.ts';
import { MAX_POINTS, THINNED_POINTS, thinned } from './series.ts';
import {
  describeRecording,
  KEPT_CHANGES,
  KEPT_EPISODE_BYTES,
  KEPT_EPISODES,
  pageOf,
  RESTORABLE_MS,
  type RunStore,
  readPlace,
  type StoredRun,
} from './store.ts';

/** A store that forgets everything with the process: for tests. */
export function createMemoryStore(): RunStore {
  const runs = new Map<string, StoredRun>();
  const points = new Map<string, Map<number, MetricPoint>>();
  const changes = new Map<string, SettingsChange[]>();
  const episodes = new Map<string, Replay[]>();
  const moments = new Map<string, KeptReplay[]>();
  const momentsOf = (runId: string) => moments.get(runId) ?? [];
  const recordings = new Map<string, { replay: Replay; info: RecordingInfo }>();
  const deleted = new Map<string, { replay: Replay; info: RecordingInfo; at: number }>();
  const pointsOf = (runId: string) => {
    const known = points.get(runId) ?? new Map<number, MetricPoint>();
    points.set(runId, known);
    return known;
  };
  const sortedPoints = (runId: string) =>
    [...pointsOf(runId).values()].sort((a, b) => a.updates - b.updates);
  return {
    putRun: (run) => void runs.set(run.info.id, structuredClone(run)),
    putFork(run, own, past) {
      const { id } = run.info;
      runs.set(id, structuredClone(run));
      const { runId, updates, envSteps } = past ?? { runId: '', updates: 0, envSteps: 0 };
      const measured = sortedPoints(runId).filter((point) => point.updates <= updates);
      points.set(id, new Map(structuredClone(measured).map((point) => [point.updates, point])));
      const before = (changes.get(runId) ?? []).filter((one) => one.envSteps < envSteps);
      changes.set(id, structuredClone([...before, ...own]));
      const seen = momentsOf(runId).filter(({ line }) => line.envSteps <= envSteps);
      moments.set(id, structuredClone(seen));
    },
    getRun: (runId) => structuredClone(runs.get(runId)),
    listRuns: () =>
      structuredClone([...runs.values()]).sort(
        (a, b) => b.info.createdAt - a.info.createdAt || (a.info.id < b.info.id ? 1 : -1),
      ),
    putUpdate(run, point) {
      const { id } = run.info;
      runs.set(id, structuredClone(run));
      pointsOf(id).set(point.updates, structuredClone(point));
      const all = sortedPoints(id);
      if (all.length <= MAX_POINTS) return;
      points.set(id, new Map(thinned(all, THINNED_POINTS).map((one) => [one.updates, one])));
    },
    putEpisode(runId, replay) {
      const known = episodes.get(runId) ?? [];
      if (known.some(({ id }) => id === replay.id)) return false;
      episodes.set(
        runId,
        newest([...known, structuredClone(replay)], KEPT_EPISODES, KEPT_EPISODE_BYTES),
      );
      return true;
    },
    newestUpdates: (runId) => sortedPoints(runId).at(-1)?.updates ?? 0,
    episodes: (runId, max, maxBytes) =>
      structuredClone(newest(episodes.get(runId) ?? [], max, maxBytes)),
    episode: (runId, episodeId) =>
      structuredClone(
        episodes.get(runId)?.find(({ id }) => id === episodeId) ??
          momentsOf(runId).find(({ line }) => line.id === episodeId)?.replay,
      ),
    putMoment(runId, moment, replay) {
      if (momentsOf(runId).some(({ line }) => line.id === moment.id)) return;
      const all = inOrder([...momentsOf(runId), keptReplay(moment, replay)]);
      const free = all.filter(({ held }) => !held).map(({ line, bytes }) => ({ ...line, bytes }));
      const gone = new Set(surplusMoments(free).map(({ id }) => id));
      moments.set(
        runId,
        all.filter(({ line }) => !gone.has(line.id)),
      );
    },
    moments: (runId) => structuredClone(momentsOf(runId).map(({ line }) => line)),
    holdMoment(runId, describe, episodeId) {
      const all = momentsOf(runId);
      const known = all.find(({ line }) => line.id === episodeId);
      if (known?.held) return true;
      const held = all.filter((one) => one.held);
      const bytes = held.reduce((sum, one) => sum + one.bytes, 0);
      if (held.length >= HELD_MOMENTS || bytes >= HELD_MOMENT_BYTES) return false;
      const newest = episodes.get(runId)?.find(({ id }) => id === episodeId);
      const chosen = known ?? (newest && keptReplay(describe(newest), newest));
      if (!chosen) return false;
      chosen.held = true;
      if (!known) moments.set(runId, inOrder([...all, chosen]));
      return true;
    },
    deleteRun(runId) {
      for (const kept of [points, changes, episodes, moments]) kept.delete(runId);
      return runs.delete(runId);
    },
    points: (runId, max) => structuredClone(thinned(sortedPoints(runId), max)),
    dropPointsAfter(runId, updates) {
      const known = pointsOf(runId);
      const late = [...known.keys()].filter((key) => key > updates);
      for (const key of late) known.delete(key);
      return late.length;
    },
    addChange(runId, change) {
      const all = [...(changes.get(runId) ?? []), structuredClone(change)];
      changes.set(runId, all.slice(-KEPT_CHANGES));
    },
    changes: (runId, max = KEPT_CHANGES) =>
      structuredClone(changes.get(runId) ?? [])
        .sort((a, b) => a.envSteps - b.envSteps)
        .slice(-max),
    saveRecording(replay, savedAt, why) {
      const id = recordingIdOf(replay);
      const known = recordings.get(id);
      if (known) return { recording: structuredClone(known.info), added: false };
      const info = describeRecording(id, replay, savedAt, why);
      deleted.delete(id);
      recordings.set(id, { replay: structuredClone(replay), info });
      return { recording: structuredClone(info), added: true };
    },
    recordingInfo: (recordingId) => structuredClone(recordings.get(recordingId)?.info),
    describeRecording(recordingId, patch) {
      const kept = recordings.get(recordingId);
      if (!kept) return undefined;
      kept.info = { ...kept.info, ...structuredClone(patch) };
      return structuredClone(kept.info);
    },
    getRecording: (recordingId) => structuredClone(recordings.get(recordingId)?.replay),
    recordingTotals: () => ({
      count: recordings.size,
      bytes: [...recordings.values()].reduce(
        (sum, { replay }) => sum + JSON.stringify(replay).length,
        0,
      ),
    }),
    listRecordings(max, before) {
      const place = before === undefined ? undefined : readPlace(before);
      const lines = [...recordings.values()]
        .map(({ info }) => structuredClone(info))
        .sort((a, b) => b.savedAt - a.savedAt || (a.id < b.id ? 1 : -1));
      return pageOf(
        lines.filter(
          ({ savedAt, id }) =>
            !place || savedAt < place.savedAt || (savedAt === place.savedAt && id < place.id),
        ),
        max,
      );
    },
    deleteRecording(recordingId, now) {
      for (const [id, { at }] of deleted) if (at < now - RESTORABLE_MS) deleted.delete(id);
      const kept = recordings.get(recordingId);
      if (kept) deleted.set(recordingId, { ...kept, at: now });
      return recordings.delete(recordingId);
    },
    restoreRecording(recordingId) {
      const gone = deleted.get(recordingId);
      if (gone) recordings.set(recordingId, gone);
      deleted.delete(recordingId);
      return structuredClone(recordings.get(recordingId)?.info);
    },
    probe() {},
    giveBack: () => false,
    close() {},
  };
}

interface KeptReplay {
  line: Moment;
  replay: Replay;
  bytes: number;
  held: boolean;
}

function keptReplay(line: Moment, replay: Replay): KeptReplay {
  const bytes = JSON.stringify(replay).length;
  return { line: structuredClone(line), replay: structuredClone(replay), bytes, held: false };
}

function inOrder(moments: readonly KeptReplay[]): KeptReplay[] {
  return [...moments].sort((a, b) => a.line.envSteps - b.line.envSteps);
}

/** The newest episodes within both limits, and at least one. */
function newest(episodes: readonly Replay[], max: number, maxBytes: number): Replay[] {
  const chosen: Replay[] = [];
  let bytes = 0;
  for (const replay of episodes.slice(-max).reverse()) {
    bytes += JSON.stringify(replay).length;
    if (chosen.length > 0 && bytes > maxBytes) break;
    chosen.unshift(replay);
  }
  return chosen;
}
