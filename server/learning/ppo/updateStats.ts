import { LOSS_STATS } from './lossTypes.ts';

export type LossStat = (typeof LOSS_STATS)[number];

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
  /** Of the newest minibatch, in the order of `LOSS_STATS`. */
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
    const means = LOSS_STATS.map((name, s) => [name, this.sums[s] / each]);
    return {
      ...(Object.fromEntries(means) as Record<LossStat, number>),
      gradNorm: this.gradNorm / each,
      explainedVariance,
      minibatches: this.count,
      diverged: this.diverged,
    };
  }
}
