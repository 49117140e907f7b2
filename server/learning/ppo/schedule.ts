import type { TrainSettings } from '../../../shared/config.ts';

/** Learning rate after so many environment steps of the run: linear down to a tenth, where a cool-down is set. */
export function scheduledRate(
  { learningRate, coolDown }: Pick<TrainSettings, 'learningRate' | 'coolDown'>,
  envSteps: number,
): number {
  if (coolDown <= 0) return learningRate;
  return learningRate * (1 - 0.9 * Math.min(1, envSteps / (1000 * coolDown)));
}
