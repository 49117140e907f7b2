import { expect, test } from '@jest/globals';
import { readReplayFile } from '../../shared/replayFile.ts';
import { trueReplay } from '../api/trueReplay.testing.ts';
import { benchReplays, outcomeOf } from './benchReplays.ts';

test('recorded episodes verify, and no changed byte passes', async () => {
  const result = await benchReplays({
    levelIds: ['BabyAI-GoToObj-v0', 'BabyAI-PutNextLocal-v0'],
    ...{ episodes: 6, flips: 240, seed: 3, engine: 'wasm' },
  });
  expect(result.findings).toEqual([]);
  expect(result).toMatchObject({ episodes: 6, flips: 240 });
  expect(result.refused + result.found + result.harmless).toBe(240);
  for (const count of [result.refused, result.found, result.harmless])
    expect(count).toBeGreaterThan(0);
});

test('a change that verifying does not see would be told', () => {
  const text = JSON.stringify(trueReplay('BabyAI-GoToObj-v0', 5));
  const original = readReplayFile('a.json', Buffer.from(text).subarray(0, 512), text);
  expect(outcomeOf(Buffer.from(text), original)).toBe('harmless');
  expect(outcomeOf(Buffer.from(text.slice(1)), original)).toBe('refused');
  const [first] = original.hashes;
  expect(
    outcomeOf(
      Buffer.from(
        text.replace(
          String(first),
          `${first}`.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
        ),
      ),
      original,
    ),
  ).toBe('found');
  expect(outcomeOf(Buffer.from(text), { ...original, seed: original.seed + 1 })).toBe(
    'is called right with another seed',
  );
  expect(
    outcomeOf(Buffer.from(text), {
      ...original,
      rewards: { ...original.rewards, bump: original.actions.map(() => 0.5) },
    }),
  ).toBe('is called right with another rewards.bump');
});
