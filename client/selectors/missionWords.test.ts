import { expect, test } from '@jest/globals';
import { SUBGOALS } from '../../shared/goals.ts';
import { expertReplay, mindedReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { goalAt } from './goals.ts';
import { missionParts } from './missionWords.ts';
import { describeCell, objectsOf } from './world.ts';

const LEVEL = 'BabyAI-GoToLocal-v0';
const plain = simulate(expertReplay(LEVEL, 5), { kind: 'expert' });
const [thing] = objectsOf(plain, 0);

/** The marked words of a mission while the Planner wants to go to `thing`. */
function served(mission: string, subgoal = SUBGOALS.indexOf('goNextTo')): string[] {
  if (!thing) throw new Error('the world is empty');
  const replay = mindedReplay(LEVEL, 5, [{ at: 0, subgoal, x: thing.x, y: thing.y }]);
  const episode = simulate(replay, { kind: 'run', runId: 'r' });
  const told = { ...episode, replay: { ...episode.replay, mission } };
  const parts = missionParts(told, goalAt(told, 0));
  expect(parts.map(({ text }) => text).join('')).toBe(mission);
  return parts.filter((part) => part.served).map(({ text }) => text);
}

test('the words that the goal serves are marked, by colour and kind', () => {
  const [color, kind] = describeCell(thing?.cell).split(' ') as [string, string];
  const other = kind === 'ball' ? 'box' : 'ball';
  expect(served(`go to the ${color} ${kind}, then pick up a ${other}`)).toEqual([
    `${color} ${kind}`,
  ]);
  expect(served(`go to a ${kind} and go to the ${color} object`)).toEqual([
    kind,
    `${color} object`,
  ]);
  const wrong = color === 'red' ? 'blue' : 'red';
  expect(served(`go to the ${wrong} ${kind}`)).toEqual([]);
});

test('nothing is marked where the Planner explores or has no goal', () => {
  const kind = describeCell(thing?.cell).split(' ')[1];
  expect(served(`go to a ${kind}`, SUBGOALS.indexOf('explore'))).toEqual([]);
  expect(missionParts(plain, undefined)).toEqual([{ text: plain.replay.mission, served: false }]);
});
