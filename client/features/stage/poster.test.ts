import { expect, test } from '@jest/globals';
import { thumbnail } from '../../../envs/thumbnail.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { simulate } from '../../replay/simulate.ts';
import { pictureOf } from './poster.ts';

test('the picture of a frame is the world as the rules draw it, and follows the agent', () => {
  const episode = simulate(expertReplay('BabyAI-GoToLocal-v0', 5), { kind: 'expert' });
  const drawn = (at: number) => decodeURIComponent(pictureOf(episode, at).split(',')[1] as string);
  expect(drawn(0)).toBe(thumbnail('BabyAI-GoToLocal-v0', 5));
  expect(drawn(episode.frames.length - 1)).not.toBe(drawn(0));
  expect(() => pictureOf(episode, 999)).toThrow('accepted: 0 to');
});
