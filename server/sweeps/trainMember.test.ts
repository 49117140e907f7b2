import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readPolicy } from '../policy/policyFile.ts';
import type { MemberTask } from './member.ts';
import { readSweep } from './plan.ts';
import { memberTrainer } from './trainMember.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'sweep-member-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a member that is stopped, gone on with and taken to a second rung ends with the bits of one that was left alone', async () => {
  const plan = readSweep(
    {
      levels: ['BabyAI-GoToRedBallNoDists-v0'],
      policies: ['flat'],
      settings: { environments: [8], rolloutSteps: [8], minibatches: [1], epochs: [1] },
      steps: 192,
      halving: { firstSteps: 128, factor: 2 },
      evalEpisodes: 10,
    },
    (id) => id,
  );
  const task = (name: string, steps: number): MemberTask => ({
    ...{ name, configuration: plan.configurations[0], seed: 3, steps, isLast: steps === 192 },
    files: { run: path.join(folder, `${name}.run`), policy: path.join(folder, name) },
  });
  const compute = { engine: 'wasm', workers: 1 } as const;
  let asked = 0;
  const stopping = memberTrainer(plan, compute, () => ++asked === 2);
  expect(await stopping(task('stopped', 128))).toBeUndefined();
  const train = memberTrainer(plan, compute, () => false);
  expect(await train(task('stopped', 128))).toMatchObject({ envSteps: 128, episodes: 10 });
  const ends = [await train(task('stopped', 192)), await train(task('whole', 192))];
  expect(ends[0]!.fresh).toBeDefined();
  const [stopped, whole] = ends.map((end) => ({ ...end, seconds: 0 }));
  expect(stopped).toEqual(whole);
  const policies = await Promise.all(
    ['stopped', 'whole'].map((name) => readPolicy(path.join(folder, name))),
  );
  expect(policies[0].weights).toEqual(policies[1].weights);
});
