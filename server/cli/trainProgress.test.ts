import { expect, test } from '@jest/globals';
import type { MetricPoint } from '../../shared/metrics.ts';
import { wilsonInterval } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';
import { TrainProgress } from './trainProgress.ts';

const tested = (hits: number, episodes = 200) =>
  ({
    ...{ episodes, success: hits / episodes, ci95: wilsonInterval(hits, episodes) },
  }) as Evaluation;
const point = (seconds: number, values: MetricPoint['values'] = {}): MetricPoint => ({
  ...{ seconds, envSteps: seconds * 1000, episodes: seconds * 10, updates: seconds, values },
});

test('one line a minute says what is done and whether it helps, and the last one start, best and end', () => {
  const said: string[] = [];
  const progress = new TrainProgress((line) => said.push(line));
  progress.test({ envSteps: 0, result: tested(100) });
  for (let seconds = 10; seconds <= 60; seconds += 10)
    progress.add(point(seconds, { success: 0.5, hardWorlds: 2, solvedWorlds: 1 }));
  expect(said).toEqual([
    'minute 1: 600 episodes, 1000 steps/s; 12 hard worlds, imitates its best try in the 6 it solved; succeeds in 50.0 %',
  ]);
  progress.test({ envSteps: 70_000, result: tested(160) });
  progress.add(point(119));
  progress.add(point(120));
  expect(said).toHaveLength(2);
  expect(said[1]).toMatch(
    /^minute 2: .*held-out 80\.0 % from 50\.0 % \(\+.* to \+.* points\): it helps$/,
  );
  progress.test({ envSteps: 150_000, result: tested(104) });
  progress.add(point(180));
  expect(said[2]).toMatch(/no difference that is sure yet$/);
  progress.test({ envSteps: 210_000, result: tested(60) });
  progress.add(point(240));
  expect(said[3]).toMatch(/it harms$/);
  expect(progress.last({ envSteps: 240_000, result: tested(60) })).toMatch(
    /^held-out success: start 50\.0 % \(.*\) of 200; best 80\.0 % \(.*\) of 200 after 70000 steps; end 30\.0 % \(.*\) of 200$/,
  );
});
