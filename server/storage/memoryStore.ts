import type { MetricPoint } from '../../shared/metrics.ts';
import type { RecordingInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { recordingIdOf } from './recordingId.ts';
import {
  describeRecording,
  KEPT_EPISODES,
  type RunStore,
  type StoredRun,
  thinning,
} from './store.ts';

/** A store that forgets everything with the process: for tests. */
export function createMemoryStore(): RunStore {
  const runs = new Map<string, StoredRun>();
  const points = new Map<string, Map<number, MetricPoint>>();
  const changes = new Map<string, SettingsChange[]>();
  const episodes = new Map<string, Replay[]>();
  const recordings = new Map<string, { replay: Replay; info: RecordingInfo }>();
  const pointsOf = (runId: string) => {
    const known = points.get(runId) ?? new Map<number, MetricPoint>();
    points.set(runId, known);
    return known;
  };
  return {
    putRun: (run) => void runs.set(run.info.id, structuredClone(run)),
    getRun: (runId) => structuredClone(runs.get(runId)),
    listRuns: () =>
      structuredClone([...runs.values()]).sort(
        (a, b) => b.info.createdAt - a.info.createdAt || (a.info.id < b.info.id ? 1 : -1),
      ),
    putUpdate(run, point) {
      const { id } = run.info;
      runs.set(id, structuredClone(run));
      pointsOf(id).set(point.updates, structuredClone(point));
    },
    putEpisode(runId, replay) {
      const known = episodes.get(runId) ?? [];
      if (known.some(({ id }) => id === replay.id)) return false;
      episodes.set(runId, [...known, structuredClone(replay)].slice(-KEPT_EPISODES));
      return true;
    },
    hasPoint: (runId, updates) => pointsOf(runId).has(updates),
    episodes: (runId) => structuredClone(episodes.get(runId) ?? []),
    deleteRun(runId) {
      for (const kept of [points, changes, episodes]) kept.delete(runId);
      return runs.delete(runId);
    },
    points(runId, max) {
      const all = [...pointsOf(runId).values()].sort((a, b) => a.updates - b.updates);
      const isTested = (point: MetricPoint) => point.values.evalSuccess !== undefined;
      const tested = all.filter(isTested).length;
      const stride = thinning(all.length - tested, tested, max);
      const seen = { plain: 0, tested: 0 };
      return structuredClone(
        all.filter((point, index) => {
          const kind = isTested(point) ? 'tested' : 'plain';
          return seen[kind]++ % stride[kind] === 0 || index === all.length - 1;
        }),
      );
    },
    dropPointsAfter(runId, updates) {
      const known = pointsOf(runId);
      const late = [...known.keys()].filter((key) => key > updates);
      for (const key of late) known.delete(key);
      return late.length;
    },
    addChange(runId, change) {
      changes.set(runId, [...(changes.get(runId) ?? []), structuredClone(change)]);
    },
    changes: (runId) =>
      structuredClone(changes.get(runId) ?? []).sort((a, b) => a.envSteps - b.envSteps),
    saveRecording(replay, savedAt) {
      const id = recordingIdOf(replay);
      const known = recordings.get(id);
      if (known) return { recording: structuredClone(known.info), added: false };
      const info = describeRecording(id, replay, savedAt);
      recordings.set(id, { replay: structuredClone(replay), info });
      return { recording: structuredClone(info), added: true };
    },
    getRecording: (recordingId) => structuredClone(recordings.get(recordingId)?.replay),
    countRecordings: () => recordings.size,
    listRecordings: () =>
      [...recordings.values()]
        .map(({ info }) => structuredClone(info))
        .sort((a, b) => b.savedAt - a.savedAt || (a.id < b.id ? 1 : -1)),
    deleteRecording: (recordingId) => recordings.delete(recordingId),
    close() {},
  };
}
