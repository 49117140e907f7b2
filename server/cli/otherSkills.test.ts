import { expect, test } from '@jest/globals';
import { wilsonInterval } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';
import { OtherSkillsTest } from './otherSkills.ts';

const hits = (count: number, episodes = 200) =>
  ({
    ...{ episodes, success: count / episodes, ci95: wilsonInterval(count, episodes) },
  }) as Evaluation;

/** Two levels that succeed so often before, and so often after. */
async function told(before: [number, number], after: [number, number]) {
  const said: string[] = [];
  const now = { A: before[0], B: before[1] };
  const skills = new OtherSkillsTest(
    ['A', 'B'],
    async (level) => hits(now[level as 'A' | 'B']),
    (line) => said.push(line),
  );
  await skills.begin();
  Object.assign(now, { A: after[0], B: after[1] });
  return { result: await skills.end(), said };
}

test('a training that forgets other levels is told so, with the interval of the mean difference', async () => {
  const { result, said } = await told([196, 190], [150, 188]);
  expect(result).toMatchObject({ before: 0.965, after: 0.845 });
  expect(said).toEqual([
    'A: 98.0 % before, 75.0 % after',
    'B: 95.0 % before, 94.0 % after',
    expect.stringMatching(
      /^other skills, mean of 2: 96\.5 % before, 84\.5 % after \(−16\.\d to −8\.\d points\): it forgets$/,
    ),
  ]);
});

test('a difference that chance explains is none that is sure', async () => {
  const { said } = await told([196, 190], [194, 191]);
  expect(said.at(-1)).toMatch(/: no difference that is sure$/);
  expect((await told([150, 150], [190, 190])).said.at(-1)).toMatch(/: it got better there, too$/);
});

test('without levels nothing is played', async () => {
  const play = () => Promise.reject(new Error('played'));
  const skills = new OtherSkillsTest([], play, () => undefined);
  await skills.begin();
  expect(await skills.end()).toBeUndefined();
});
