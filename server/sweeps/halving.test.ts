import { expect, test } from '@jest/globals';
import { Random } from '../policy/random.ts';
import { type Job, nextJob, type Standing, wantedJobs } from './halving.ts';

/** Runs a sweep in which configuration i always scores `scores[i]`; the jobs in order, as `configuration@rung`. */
function play(scores: readonly (number | 'fails')[], rungs: number, factor: number): string[] {
  const standings: { scores: number[]; failed?: boolean }[] = scores.map(() => ({ scores: [] }));
  const jobs: string[] = [];
  for (;;) {
    const job = nextJob(standings as Standing[], rungs, factor);
    if (!job) return jobs;
    jobs.push(`${job.configuration}@${job.rung}`);
    const score = scores[job.configuration];
    if (score === 'fails') standings[job.configuration].failed = true;
    else standings[job.configuration].scores.push(score);
    if (jobs.length > 1000) throw new Error('it does not end');
  }
}

test('without halving each configuration has one job', () => {
  expect(play([0.1, 0.5, 0.3], 1, 1)).toEqual(['0@0', '1@0', '2@0']);
});

test('one in three goes on, as soon as three have done a rung', () => {
  expect(play([0.1, 0.5, 0.3, 0.2, 0.9, 0.4], 2, 3)).toEqual([
    ...['0@0', '1@0', '2@0', '1@1', '3@0', '4@0', '4@1', '5@0'],
  ]);
});

test('the best reaches the last rung also where they are few', () => {
  expect(play([0.2, 0.7], 3, 3)).toEqual(['0@0', '1@0', '1@1', '1@2']);
});

test('of nine, three do the second rung and one the last, whatever the order', () => {
  const jobs = play([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1], 3, 3);
  expect(jobs.filter((job) => job.endsWith('@0'))).toHaveLength(9);
  expect(jobs.filter((job) => job.endsWith('@1'))).toEqual(['0@1', '1@1', '2@1']);
  expect(jobs.filter((job) => job.endsWith('@2'))).toEqual(['0@2']);
});

test('what fails is left, and the others go on', () => {
  expect(play(['fails', 0.2, 'fails'], 2, 2)).toEqual(['0@0', '1@0', '2@0', '1@1']);
  expect(play(['fails'], 2, 2)).toEqual(['0@0']);
});

test('done many at once, in whatever order they end, the same jobs are done', () => {
  const random = new Random(11, 0);
  const keyOf = ({ configuration, rung }: Job) => `${configuration}@${rung}`;
  for (let round = 0; round < 30; round++) {
    const [configurations, rungs, factor] = [14, 4, 3].map((most) =>
      Math.ceil(random.uniform() * most),
    );
    const results = new Map<string, number | 'failed'>();
    for (let configuration = 0; configuration < configurations; configuration++)
      for (let rung = 0; rung < rungs; rung++)
        results.set(
          keyOf({ configuration, rung }),
          // Equal scores are frequent: then the order decides.
          random.uniform() < 0.1 ? 'failed' : Math.floor(random.uniform() * 5),
        );
    const known = (done: ReadonlySet<string>) => (job: Job) =>
      done.has(keyOf(job)) ? results.get(keyOf(job)) : undefined;
    const inTurn = new Set<string>();
    for (;;) {
      const [job] = wantedJobs(known(inTurn), configurations, rungs, factor, 1);
      if (!job) break;
      inTurn.add(keyOf(job));
    }
    const atOnce = new Set<string>();
    for (;;) {
      const wanted = wantedJobs(known(atOnce), configurations, rungs, factor);
      if (wanted.length === 0) break;
      atOnce.add(keyOf(wanted[Math.floor(random.uniform() * wanted.length)]));
    }
    expect([...atOnce].sort()).toEqual([...inTurn].sort());
  }
});

test('all that have not begun are wanted at once', () => {
  const first = wantedJobs(() => undefined, 5, 2, 2);
  expect(first.map(({ configuration, rung }) => [configuration, rung])).toEqual(
    [0, 1, 2, 3, 4].map((configuration) => [configuration, 0]),
  );
});
