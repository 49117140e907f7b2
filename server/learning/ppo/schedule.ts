import type { TrainSettings } from '../../../shared/config.ts';

/** Learning rate after this many environment steps of the run; with a cool-down it falls linearly to a tenth. */
export function scheduledRate(
  { learningRate, coolDown }: Pick<TrainSettings, 'learningRate' | 'coolDown'>,
  envSteps: number,
): number {
  if (coolDown <= 0) return learningRate;
  return learningRate * (1 - 0.9 * Math.min(1, envSteps / (1000 * coolDown)));
}
