import { recordOf } from '../../../shared/records.ts';
import { known, LOSS_STATS, type Minibatch } from './lossTypes.ts';

export type LossStat = (typeof LOSS_STATS)[number];

/** Floats in which a minibatch is measured: of each statistic the sum over its samples, then how many those are. */
export const MEASURED = 2 * LOSS_STATS.length;

/** What tells how many samples of a minibatch have something to compare with. */
type Labelled = Pick<Minibatch, 'expertActions' | 'expertSubgoals' | 'keptGoalRight'> & {
  inputs: { batch: number };
  start?: { pulled: Uint8Array };
};

/** How many samples of a minibatch each statistic is a mean of, in the order of `LOSS_STATS`. */
function countsOf({ inputs, expertActions, expertSubgoals, keptGoalRight, start }: Labelled) {
  const [actions, goals] = [known(expertActions), known(expertSubgoals)];
  const counts: Partial<Record<LossStat, number>> = {
    cloningLoss: actions,
    actionHits: actions,
    goalLoss: goals,
    subgoalHits: goals,
    targetHits: goals,
    haltLoss: known(keptGoalRight),
    klReference: start?.pulled.reduce((sum, flag) => sum + flag, 0),
  };
  return LOSS_STATS.map((name) => counts[name] ?? inputs.batch);
}

/**
 * Turns the means that a worker measured over its part of a minibatch into sums, and writes the counts behind them, so
 * that workers and minibatches add up to what all samples together give.
 * @param measured [MEASURED], its first half filled
 * @param batch undefined where this worker has no samples
 */
export function summed(measured: Float32Array, batch: Labelled | undefined): void {
  measured.fill(0, LOSS_STATS.length);
  if (!batch) return;
  for (const [s, count] of countsOf(batch).entries()) {
    measured[s] *= count;
    measured[LOSS_STATS.length + s] = count;
  }
}

/** Means over the samples of an update, as often as it learnt from them. */
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
  /** Of the newest minibatch; see `summed`. */
  readonly measured = new Float32Array(MEASURED);
  diverged = false;
  private readonly sums = new Float64Array(MEASURED);
  private gradNorm = 0;
  private count = 0;
  private klOfPass = 0;

  /** Takes up `measured`. False where the gradient was not finite: the update is given up. */
  add(norm: number): boolean {
    this.diverged = !Number.isFinite(norm);
    if (this.diverged) return false;
    for (let s = 0; s < MEASURED; s++) this.sums[s] += this.measured[s];
    this.klOfPass += meanOf(this.measured, KL);
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
    return {
      ...recordOf(LOSS_STATS, (_name, s) => meanOf(this.sums, s)),
      gradNorm: this.gradNorm / Math.max(1, this.count),
      explainedVariance,
      minibatches: this.count,
      diverged: this.diverged,
    };
  }
}

/** A statistic's mean; 0 where it has no samples. */
function meanOf(measured: Float32Array | Float64Array, stat: number): number {
  return measured[stat] / (measured[LOSS_STATS.length + stat] || 1);
}
