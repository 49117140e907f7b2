import { expect, test } from '@jest/globals';
import type { RecordingInfo } from '../../../shared/protocol.ts';
import { type LibraryFilter, matching } from './libraryFilter.ts';

const recording = (id: string, own: Partial<RecordingInfo>): RecordingInfo => ({
  ...{ id, levelId: 'BabyAI-GoToLocal-v0', seed: 1, mission: 'go to the red ball' },
  ...{ success: true, steps: 9, return: 1, createdAt: 0, savedAt: 1000 },
  ...{ runId: 'one', envSteps: 500 },
  ...own,
});

const ALL = [
  recording('a', { name: 'Stuck at a door', success: false, steps: 60, why: 'longestLoop' }),
  recording('b', { levelId: 'BabyAI-Open-v0', mission: 'open a door', tags: ['class 3b'] }),
  recording('c', { runId: 'two', envSteps: 90_000, savedAt: 5000 }),
];

test.each<[LibraryFilter, string]>([
  [{}, 'abc'],
  [{ text: 'DOOR' }, 'ab'],
  [{ text: 'door stuck' }, 'a'],
  [{ text: '3b' }, 'b'],
  [{ levelId: 'BabyAI-GoToLocal-v0' }, 'ac'],
  [{ outcome: 'failed' }, 'a'],
  [{ outcome: 'done', runId: 'one' }, 'b'],
  [{ fewest: 10 }, 'a'],
  [{ most: 9 }, 'bc'],
  [{ trained: 1000 }, 'c'],
  [{ since: 2000 }, 'c'],
  [{ why: 'longestLoop' }, 'a'],
  [{ why: 'person' }, 'bc'],
])('%j finds %s', (filter, found) => {
  expect(
    matching(ALL, filter)
      .map(({ id }) => id)
      .join(''),
  ).toBe(found);
});
