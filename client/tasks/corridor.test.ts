/** @jest-environment @happy-dom/jest-environment */
import { beforeAll, expect, test } from '@jest/globals';
import { COLOR_NAMES } from '../../shared/constants.ts';
import { CORRIDOR } from '../../shared/corridor.testing.ts';
import { pictureOf } from '../features/stage/poster.ts';
import { baselinesOf } from '../replay/baselines.ts';
import { demonstrate } from '../replay/demonstrate.ts';
import { expertRoute } from '../replay/expertRoute.ts';
import { playByHand } from '../replay/localEpisode.ts';
import { simulate } from '../replay/simulate.ts';
import { agentPose, momentAt } from '../scene/motion.ts';
import { createPicture } from '../scene/pictures.ts';
import { readTheme, type Theme } from '../theme/theme.ts';
import { addCorridor } from './corridor.testing.ts';

beforeAll(addCorridor);

test('an episode of another task is played on the page, by the expert and by hand, and played again', () => {
  const shown = demonstrate(CORRIDOR, 5);
  expect(shown).toMatchObject({ mission: 'go to the right door', deeds: ['success'] });
  expect(simulate(shown, { kind: 'expert' })).toMatchObject({ mismatch: -1, width: 7, height: 1 });
  const hashes = shown.hashes.with(1, 99);
  expect(simulate({ ...shown, hashes }, { kind: 'expert' }).mismatch).toBe(1);
  const hand = playByHand(CORRIDOR, 5, [0, 6]);
  expect(hand.replay()).toMatchObject({ actions: [0, 6], outcome: { success: false } });
  expect(expertRoute(hand.replay(), 2).map(({ x }) => x)).toEqual([2, 3, 4, 5, 6]);
  const measuring = baselinesOf(CORRIDOR, { random: 4, expert: 4 });
  let measured = measuring.next();
  while (!measured.done) measured = measuring.next();
  expect(measured.value.expert.success).toBe(1);
});

test('the stage draws each task in its own way', () => {
  const picture = createPicture();
  const grey = Object.entries(readTheme()).map(([name, value]) => [
    name,
    value === '' ? '#777777' : value,
  ]);
  const objects = Object.fromEntries(COLOR_NAMES.map((name) => [name, '#777777']));
  const theme = { ...Object.fromEntries(grey), objects } as Theme;
  const drawn = (levelId: string, step: number) => {
    const episode = simulate(demonstrate(levelId, 5), { kind: 'expert' });
    const moment = momentAt(step, episode.replay.outcome.steps);
    const pose = agentPose(episode, moment);
    picture.draw({ episode, moment, pose, theme, letters: false });
    return episode;
  };
  const corridor = drawn(CORRIDOR, 1.5);
  const [strip] = picture.ground.children;
  const [dot] = picture.agent.children;
  expect([strip?.visible, strip?.getBounds().width, dot?.x]).toEqual([true, 1400, 1000]);
  drawn('BabyAI-GoToLocal-v0', 0);
  expect(picture.ground.children.map(({ visible }) => visible)).toEqual([false, true]);
  expect(picture.ground.children[1]?.getBounds().width).toBe(1600);
  expect(decodeURIComponent(pictureOf(corridor, 1))).toContain('<circle cx="4" r="1"/>');
});
