import { expect, test } from '@jest/globals';
import { answering } from '../../net/answering.testing.ts';
import { CommandError } from '../../net/connection.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { playGames } from './games.ts';
import type { Game } from './tally.ts';

const LEVEL = 'BabyAI-GoToObj-v0';

function setUp(answer: (seed: number, asked: number) => unknown, seeds = [1, 2, 3]) {
  const asked: number[] = [];
  const got: [number, Game][] = [];
  let waits = 0;
  const series = playGames({
    send: answering(async (_name, { seed }: { seed: number }) => {
      asked.push(seed);
      return answer(seed, asked.length);
    }),
    request: { policy: 'default', levelId: LEVEL },
    seeds,
    onGame: (index, game) => got.push([index, game]),
    wait: async () => {
      waits++;
    },
  });
  return { asked, got, series, waits: () => waits };
}

test('plays the worlds in order, and again where the server was busy', async () => {
  const { asked, got, series, waits } = setUp((seed, nth) => {
    if (nth === 2) throw new CommandError('too-many', 'wait');
    return { replay: expertReplay(LEVEL, seed) };
  });
  await series.done;
  expect(asked).toEqual([1, 2, 2, 3]);
  expect(got.map(([index, game]) => [index, (game as { seed: number }).seed])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  expect(waits()).toBe(1);
});

test('what cannot be played is said once, and ends it', async () => {
  const { asked, got, series } = setUp(() => {
    throw new CommandError('not-found', 'no such policy');
  });
  await series.done;
  expect([asked, got]).toEqual([[1], [[0, { failed: 'no such policy' }]]]);
});

test('after stopping nothing more is asked or told', async () => {
  const { asked, got, series } = setUp((seed) => {
    if (seed === 2) series.stop();
    return { replay: expertReplay(LEVEL, seed) };
  });
  await series.done;
  expect([asked, got.length]).toEqual([[1, 2], 1]);
});
