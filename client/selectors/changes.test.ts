import { expect, test } from '@jest/globals';
import type { SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { expertReplay } from '../replay/expert.testing.ts';
import { changesWithin } from './changes.ts';

const replay = expertReplay('BabyAI-GoToLocal-v0', 5);
const endedAt = (envSteps: number): Replay => ({
  ...replay,
  source: { ...replay.source, kind: 'training', envSteps },
  outcome: { ...replay.outcome, steps: 40 },
});

test('changes made while an episode was played are placed at its step', () => {
  const change = (envSteps: number): SettingsChange => ({
    envSteps,
    seconds: 0,
    at: envSteps,
    kind: 'rewards',
    changes: [{ id: 'stepCost', from: 0, to: 0.1 }],
  });
  const changes = [change(6000), change(9360), change(10_500)];
  expect(changesWithin(endedAt(10_000), changes, 64)).toEqual([{ step: 30, change: changes[1] }]);
  const held = {
    ...endedAt(10_000),
    source: { ...endedAt(10_000).source, kind: 'evaluation' as const },
  };
  expect(changesWithin(held, changes, 64)).toEqual([]);
});
