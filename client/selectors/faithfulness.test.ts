import { expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import { expertReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { initialState, type State } from '../store/state.ts';
import { faithfulnessOf } from './faithfulness.ts';

const point = (updates: number, faithfulness?: number): MetricPoint => ({
  ...{ updates, envSteps: updates * 100, episodes: updates, seconds: updates },
  values: faithfulness === undefined ? {} : { faithfulness },
});

function at(envSteps: number, points: MetricPoint[], kind: 'run' | 'recording' = 'run'): State {
  const replay = expertReplay('BabyAI-GoToLocal-v0', 5);
  const source = { ...replay.source, envSteps };
  const origin = kind === 'run' ? { kind, runId: 'a' } : { kind, id: 'a' };
  return {
    ...initialState(),
    series: { points },
    episode: simulate({ ...replay, source }, origin),
  };
}

test('a figure beside an episode was measured before it, on weights of the same run', () => {
  const points = [point(1, 0.1), point(2), point(20, 0.6), point(21)];
  expect(faithfulnessOf(at(2050, points))).toEqual({ share: 0.6, envSteps: 2000 });
  expect(faithfulnessOf(at(1900, points))).toEqual({ share: 0.1, envSteps: 100 });
  // The first update's episodes are of the weights that its test is of.
  expect(faithfulnessOf(at(64, points))?.share).toBe(0.1);
  expect(faithfulnessOf(at(64, points.slice(1)))).toBeUndefined();
  expect(faithfulnessOf(at(2050, points, 'recording'))).toBeUndefined();
});
