import type { MetricPoint } from '../../shared/metrics.ts';
import { percent } from '../../shared/percent.ts';
import type { PolicySession } from '../learning/session.ts';
import type { KeptWork } from './keptWork.ts';

/** Seconds of cloning between two lines about it. */
const EVERY = 10;

/**
 * Called after each update of cloning: says every few seconds how far it is and how well it imitates, and keeps the work.
 * @param how how far it is, in words
 */
export function cloneProgress(
  session: PolicySession,
  kept: KeptWork,
  say: (line: string) => void,
  how: (at: MetricPoint) => string,
): (at: MetricPoint, share: number) => Promise<void> {
  let said = 0;
  return async (at, share) => {
    if (at.seconds - said >= EVERY || share >= 1) {
      said = at.seconds;
      const { actionAccuracy, goalAccuracy } = session.cloning;
      say(
        `${how(at)}: actions ${percent(actionAccuracy)}, goals ${percent(goalAccuracy)} as the expert's`,
      );
    }
    if (share < 1) await kept.saveWhenDue();
  };
}
