import { describe, expect, test } from '@jest/globals';
import type { MetricPoint } from '../../../shared/metrics.ts';
import type { RunInfo } from '../../../shared/protocol.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { initialState, type State } from '../../store/state.ts';
import { effectOfLastChange, verdictOn } from './effect.ts';
import { ledgerOf, meanTerms } from './ledger.ts';

describe('the ledger', () => {
  const replay = expertReplay('BabyAI-GoToRedBall-v0', 3);
  const steps = replay.outcome.steps;
  const zeros = () => new Array<number>(steps).fill(0);
  const shaped = {
    ...replay,
    rewards: {
      mission: [...zeros().slice(1), 0.9],
      stepCost: zeros().fill(-0.01),
      progress: [0.1, ...zeros().slice(1)],
      bump: zeros(),
    },
  };

  test('adds up each term, and what was paid and taken', () => {
    const ledger = ledgerOf(shaped);
    expect(ledger.terms).toEqual([
      { id: 'mission', value: 0.9 },
      { id: 'stepCost', value: expect.closeTo(-0.01 * steps) },
      { id: 'progress', value: 0.1 },
    ]);
    expect(ledger.paid).toBeCloseTo(1);
    expect(ledger.taken).toBeCloseTo(-0.01 * steps);
  });

  test('averages over episodes, counting those that a term did not pay', () => {
    const unpaid = { ...replay, rewards: {} };
    expect(meanTerms([ledgerOf(shaped), ledgerOf(unpaid)])[0]).toEqual({
      id: 'mission',
      value: 0.45,
    });
    expect(meanTerms([])).toEqual([]);
  });
});

describe('the effect of the last change', () => {
  const point = (updates: number, success: number, evalSuccess?: number): MetricPoint => ({
    updates,
    envSteps: updates * 1000,
    episodes: updates * 60,
    seconds: updates,
    values: { success, return: success / 2, ...(evalSuccess !== undefined && { evalSuccess }) },
  });
  const stateWith = (points: MetricPoint[]): State => ({
    ...initialState(),
    runId: 'r',
    runs: { r: { id: 'r', settings: { evalEpisodes: 100 } } as RunInfo },
    series: { points },
    changes: [
      {
        kind: 'rewards',
        envSteps: 3000,
        seconds: 3,
        at: 1,
        changes: [{ id: 'bump', from: 0, to: 0.01 }],
      },
    ],
  });
  const before = [point(1, 0.3, 0.3), point(2, 0.4), point(3, 0.5, 0.5)];

  test('waits for 100 episodes, and for a held-out test', () => {
    expect(effectOfLastChange(stateWith([...before, point(4, 0.6)]))).toMatchObject({
      steps: 1000,
      episodes: 60,
      training: undefined,
      heldOut: undefined,
      return: undefined,
    });
  });

  test('compares what came before with the newest, and says how sure that is', () => {
    const effect = effectOfLastChange(
      stateWith([...before, point(4, 0.6), point(5, 0.55, 0.9), point(6, 0.52)]),
    );
    expect(effect?.training).toMatchObject({
      before: { value: 0.5, count: 100 },
      after: { value: 0.52, count: 100 },
    });
    expect(effect?.heldOut).toMatchObject({ before: { value: 0.5 }, after: { value: 0.9 } });
    expect(effect?.return).toEqual({ before: 0.25, after: 0.26 });
    expect(effect?.training && verdictOn(effect.training)).toBe('unclear');
    expect(effect?.heldOut && verdictOn(effect.heldOut)).toBe('rose');
  });

  test('is unknown without a change, or with nothing measured before it', () => {
    expect(effectOfLastChange({ ...stateWith(before), changes: [] })).toBeUndefined();
    expect(effectOfLastChange(stateWith([point(4, 0.6)]))).toBeUndefined();
  });
});
