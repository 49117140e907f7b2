import { recordOf } from '../../../shared/records.ts';
import { LOSS_STATS } from './lossTypes.ts';

export type LossStat = (typeof LOSS_STATS)[number];

const COUNT = LOSS_STATS.indexOf('goalCount');
/** Means over the samples of a minibatch that have a goal to compare with: some have more of those, some fewer. */
const OF_GOALS = (['goalLoss', 'subgoalHits', 'targetHits'] as const).map((name) =>
  LOSS_STATS.indexOf(name),
);

/**
 * Turns what a worker measured over its part of a minibatch into sums, so that workers and minibatches add up to what
 * all samples together give; `UpdateTally.stats` turns them back.
 */
export function summed(measured: Float32Array): void {
  for (const s of OF_GOALS) measured[s] *= measured[COUNT];
}

/** Means over the minibatches of an update. */
export type UpdateStats = Record<LossStat, number> & {
  gradNorm: number;
  explainedVariance: number;
  /** Minibatches learnt from. */
  minibatches: number;
  /** True where the loss or its gradient was not finite: the weights are those of before the update. */
  diverged: boolean;
};

const KL = LOSS_STATS.indexOf('kl');

/** Sums what the minibatches of an update measure. */
export class UpdateTally {
  /** Statistics of the newest minibatch, in the order of `LOSS_STATS`. */
  readonly measured = new Float32Array(LOSS_STATS.length);
  diverged = false;
  private readonly sums = new Float32Array(LOSS_STATS.length);
  private gradNorm = 0;
  private count = 0;
  private klOfPass = 0;

  /** Takes up `measured`. False where the gradient was not finite: the update is given up. */
  add(norm: number): boolean {
    this.diverged = !Number.isFinite(norm);
    if (this.diverged) return false;
    for (let s = 0; s < this.sums.length; s++) this.sums[s] += this.measured[s];
    this.klOfPass += this.measured[KL];
    this.gradNorm += norm;
    this.count++;
    return true;
  }

  /** Sum of the KL from the policy that played, over the minibatches since the last call. */
  takeKl(): number {
    const kl = this.klOfPass;
    this.klOfPass = 0;
    return kl;
  }

  stats(explainedVariance: number): UpdateStats {
    const each = Math.max(1, this.count);
    const goals = this.sums[COUNT] || 1;
    return {
      ...recordOf(LOSS_STATS, (_name, s) => this.sums[s] / (OF_GOALS.includes(s) ? goals : each)),
      gradNorm: this.gradNorm / each,
      explainedVariance,
      minibatches: this.count,
      diverged: this.diverged,
    };
  }
}
