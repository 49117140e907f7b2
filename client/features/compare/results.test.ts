import { expect, test } from '@jest/globals';
import { expertReplay } from '../../replay/expert.testing.ts';
import type { Comparison, SideChoice } from '../../store/state.ts';
import { resultsCsv } from './results.ts';

const side: SideChoice = {
  ...{ policy: 'default', ablation: 'none', planner: undefined, doer: undefined },
  ...{ depth: undefined, greedy: false },
};

test('a line for each world that was played, enough to play it again', () => {
  const won = expertReplay('BabyAI-GoToObj-v0', 1);
  const lost = { ...won, outcome: { ...won.outcome, success: false, steps: 64, return: 0 } };
  const comparison: Comparison = {
    ...{ levelId: 'mission:go to a ball, then open "it"', seed: 7, worlds: 3 },
    sides: [side, { ...side, planner: 'expert', depth: 4, greedy: true }],
  };
  const level = '"mission:go to a ball, then open ""it"""';
  const { steps, return: paid } = won.outcome;
  expect(
    resultsCsv(comparison, [
      [won, undefined, { failed: 'no' }],
      [lost, won, undefined],
    ]).split('\r\n'),
  ).toEqual([
    'level,seed,side,policy,planner,doer,switched_off,depth,greedy,success,steps,return',
    `${level},7,A,default,own,own,none,,false,true,${steps},${paid}`,
    `${level},7,B,default,expert,own,none,4,true,false,64,0`,
    `${level},8,B,default,expert,own,none,4,true,true,${steps},${paid}`,
    '',
  ]);
});
