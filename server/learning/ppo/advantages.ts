import type { TrainSettings } from '../../../shared/config.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Collective } from '../workers/collective.ts';
import { generalizedAdvantages } from './gae.ts';

/**
 * Fills in a rollout's returns and its advantages, the latter normalised over the samples of all workers. Every
 * worker must call it.
 */
export function advantagesOf(
  rollout: Rollout,
  { gamma, lambda }: TrainSettings,
  collective: Collective,
): void {
  const { steps, envs, rewards, terminated, truncated, finalValues, lastValues } = rollout;
  const { advantages, returns, values } = rollout;
  generalizedAdvantages(
    { steps, envs, rewards, values, terminated, truncated, finalValues, lastValues, gamma, lambda },
    advantages,
  );
  const moments = new Float32Array(3);
  for (let i = 0; i < advantages.length; i++) {
    returns[i] = advantages[i] + values[i];
    moments[0] += advantages[i];
    moments[1] += advantages[i] * advantages[i];
  }
  moments[2] = advantages.length;
  collective.sum(moments);
  const mean = moments[0] / moments[2];
  const std = Math.sqrt(Math.max(0, moments[1] / moments[2] - mean * mean)) + 1e-6;
  for (let i = 0; i < advantages.length; i++) advantages[i] = (advantages[i] - mean) / std;
}

/**
 * The share of the returns' variance that the critic foresaw, over all workers: 1 at best, 0 where returns do not
 * vary. Every worker must call it.
 */
export function explainedVariance(
  { size, returns, values }: Rollout,
  collective: Collective,
): number {
  const moments = new Float32Array(5);
  for (let i = 0; i < size; i++) {
    const error = returns[i] - values[i];
    moments[0] += returns[i];
    moments[1] += returns[i] ** 2;
    moments[2] += error;
    moments[3] += error ** 2;
  }
  moments[4] = size;
  collective.sum(moments);
  const [sum, squares, errors, errorSquares, count] = moments;
  const variance = squares / count - (sum / count) ** 2;
  return variance < 1e-8 ? 0 : 1 - (errorSquares / count - (errors / count) ** 2) / variance;
}
