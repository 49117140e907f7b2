import { describe, expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RecordingInfo } from '../../shared/protocol.ts';
import { aRun } from '../../shared/run.testing.ts';
import { expertReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import type { StoreEvent } from './events.ts';
import { boundEpisodes, MAX_KEPT_EPISODES, reduce } from './reduce.ts';
import { initialState, type State } from './state.ts';

const run = (id: string) => aRun({ id, name: id, createdAt: 1 });
const point = (updates: number): MetricPoint => ({
  envSteps: updates * 100,
  episodes: updates,
  seconds: updates,
  updates,
  values: { success: 0.5 },
});
const watch = (id: string): StoreEvent => ({
  type: 'watch',
  snapshot: { run: run(id), metrics: [point(1)], changes: [], episodes: [] },
});
const stateAfter = (...events: StoreEvent[]): State => events.reduce(reduce, initialState());

describe('a watched run', () => {
  test('takes up its own points and episodes, and nobody else’s', () => {
    const replay = expertReplay('BabyAI-GoToLocal-v0', 1);
    const state = stateAfter(
      watch('a'),
      { type: 'point', runId: 'a', point: point(2) },
      { type: 'point', runId: 'b', point: point(3) },
      { type: 'episode', runId: 'a', replay },
      { type: 'episode', runId: 'b', replay: { ...replay, id: 'other' } },
    );
    expect(state.series.points.map((known) => known.updates)).toEqual([1, 2]);
    expect(state.episodes.map((known) => known.id)).toEqual([replay.id]);
    expect(state.runs.a.envSteps).toBe(200);
  });

  test('keeps each episode and each change once, however often they are told', () => {
    const replay = expertReplay('BabyAI-GoToLocal-v0', 1);
    const change = {
      envSteps: 5,
      seconds: 1,
      at: 77,
      kind: 'rewards' as const,
      changes: [{ id: 'bump', from: 0, to: 0.1 }],
    };
    const episode: StoreEvent = { type: 'episode', runId: 'a', replay };
    const told: StoreEvent = { type: 'change', runId: 'a', change };
    const state = stateAfter(watch('a'), episode, episode, told, told);
    expect(state.episodes).toHaveLength(1);
    expect(state.changes).toEqual([change]);
  });

  test('clears the stage of another run’s episode, but not of a recording', () => {
    const replay = expertReplay('BabyAI-GoToLocal-v0', 1);
    const fromRun = simulate(replay, { kind: 'run', runId: 'a' });
    const recorded = simulate(replay, { kind: 'recording', id: 'r' });
    expect(stateAfter(watch('a'), { type: 'show', episode: fromRun }, watch('a')).episode).toBe(
      fromRun,
    );
    expect(stateAfter(watch('a'), { type: 'show', episode: fromRun }, watch('b')).episode).toBe(
      undefined,
    );
    expect(stateAfter(watch('a'), { type: 'show', episode: recorded }, watch('b')).episode).toBe(
      recorded,
    );
  });
});

test('the state given is never changed in place', () => {
  const before = stateAfter(watch('a'));
  const copy = structuredClone(before);
  reduce(before, { type: 'point', runId: 'a', point: point(2) });
  reduce(before, { type: 'episode', runId: 'a', replay: expertReplay('BabyAI-GoToLocal-v0', 2) });
  reduce(before, { type: 'playback', patch: { cursor: 3 } });
  expect(before).toEqual(copy);
});

test('recordings are listed newest first and replaced by id', () => {
  const recording = (id: string, savedAt: number): RecordingInfo => ({
    id,
    savedAt,
    levelId: 'x',
    seed: 0,
    mission: 'm',
    success: true,
    steps: 1,
    return: 1,
    createdAt: 0,
    runId: 'a',
    envSteps: 0,
  });
  const state = stateAfter(
    { type: 'recordings', recordings: [recording('old', 1), recording('new', 9)] },
    { type: 'recording:added', recording: recording('middle', 5) },
    { type: 'recording:added', recording: recording('old', 2) },
    { type: 'recording:removed', recordingId: 'new' },
  );
  expect(state.recordings.map(({ id, savedAt }) => [id, savedAt])).toEqual([
    ['middle', 5],
    ['old', 2],
  ]);
});

test('episodes are bounded in number and in steps, and the newest always stays', () => {
  const short = expertReplay('BabyAI-GoToLocal-v0', 1);
  const many = Array.from({ length: MAX_KEPT_EPISODES + 9 }, (_, i) => ({ ...short, id: `e${i}` }));
  expect(boundEpisodes(many).map((episode) => episode.id)).toEqual(
    many.slice(-MAX_KEPT_EPISODES).map((episode) => episode.id),
  );
  const long = { ...short, outcome: { ...short.outcome, steps: 20_000 } };
  expect(boundEpisodes([long, { ...long, id: 'newest' }]).map(({ id }) => id)).toEqual(['newest']);
});
