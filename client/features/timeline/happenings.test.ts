import { expect, test } from '@jest/globals';
import { Action } from '../../../shared/constants.ts';
import { expertReplay } from '../../replay/expert.testing.ts';
import { beginEpisode } from '../../replay/localEpisode.ts';
import { simulate } from '../../replay/simulate.ts';
import { happenings } from './happenings.ts';

const kindsOf = (levelId: string, seed: number) =>
  happenings(simulate(expertReplay(levelId, seed), { kind: 'expert' })).map(({ kind }) => kind);

test('tells what was picked up, put down and opened', () => {
  expect(kindsOf('BabyAI-PutNextLocal-v0', 4)).toEqual(expect.arrayContaining(['pickup', 'drop']));
  const opened = happenings(
    simulate(expertReplay('BabyAI-OpenDoor-v0', 2), { kind: 'expert' }),
  ).filter(({ kind }) => kind === 'open');
  expect(opened).toHaveLength(1);
  expect(opened[0].text).toMatch(/^opens the closed \w+ door$/);
});

test('tells bumps and handling without effect', () => {
  const episode = beginEpisode({
    levelId: 'BabyAI-GoToObj-v0',
    seed: 1,
    id: 'bumps',
    kind: 'person',
    policy: '',
  });
  // Straight on until a wall or an object is ahead, in whatever direction it began.
  for (let i = 0; i < 8; i++) episode.act(Action.forward);
  episode.act(Action.toggle);
  const found = happenings(simulate(episode.replay(), { kind: 'person' }));
  expect(found.filter(({ kind }) => kind === 'bump').length).toBeGreaterThan(0);
  expect(found.at(-1)).toMatchObject({ step: 8, kind: 'useless' });
});
