import { DEFAULT_SETTINGS, type TrainSettings } from '../../../shared/config.ts';
import type { MetricPoint } from '../../../shared/metrics.ts';
import type { PolicySession } from '../session.ts';

/** What cloning learns with: one pass over many short rollouts. */
export const CLONING_SETTINGS: TrainSettings = {
  ...DEFAULT_SETTINGS,
  environments: 128,
  rolloutSteps: 16,
  minibatches: 4,
  epochs: 1,
  learningRate: 0.001,
  evalEvery: 0,
};

/** The learning rate when so much is done: in the second half it falls to a twentieth, which gives a sharper policy. */
export const rateAt = (learningRate: number, share: number) =>
  learningRate * Math.min(1, Math.max(0.05, 2 * (1 - share)));

/**
 * Runs a cloning session to its end, with a learning rate that falls (`rateAt`).
 * @param shareDone share of the work that is done, 0 to 1
 */
export async function cloneUntil(
  session: PolicySession,
  learningRate: number,
  shareDone: (point: MetricPoint) => number,
  onUpdate?: (point: MetricPoint, share: number) => Promise<void> | void,
): Promise<MetricPoint> {
  for (;;) {
    const { point } = await session.update();
    const share = shareDone(point);
    session.applySettings({
      learningRate: rateAt(learningRate, share),
    });
    await onUpdate?.(point, share);
    if (share >= 1) return point;
  }
}
