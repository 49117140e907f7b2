import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { withGradient } from '../../engine/withGradient.ts';
import type { TrainOutputs } from '../../policy/forward.ts';
import type { GoalHead } from '../../policy/goals/goalHead.ts';
import type { Policy } from '../../policy/model.ts';
import {
  GOAL_HITS,
  goalLabels,
  known,
  LOSS_STATS,
  type LossWeights,
  type Minibatch,
} from './lossTypes.ts';

type Stats = Record<(typeof LOSS_STATS)[number], number>;

/** What the policy put out, as plain numbers; see `TrainOutputs`. */
interface Outputs {
  action: Float32Array;
  value: Float32Array;
  halt: Float32Array;
  goal?: Float32Array;
}

/** The loss, its slope for every output, and what was measured on the way. */
interface Slopes extends Outputs {
  loss: number;
  stats: Stats;
}

/**
 * The same loss as `composedObjective`, with its gradient written out over plain numbers. The outputs are so few that a
 * hundred tensor operations on them take longer than the sums. For engines whose tensors lie in this process's memory.
 */
export function fusedObjective(
  model: Policy,
  outputs: TrainOutputs,
  batch: Minibatch,
  w: LossWeights,
): { loss: Scalar; stats: Tensor1D } {
  const { tf } = model.engine;
  const { action, value, halt, goal } = outputs;
  const learnsGoals = w.goal > 0;
  // Outputs that no term uses are not inputs: their heads get no gradient, as in the composed form.
  const inputs: Tensor[] = [action, value];
  if (learnsGoals) inputs.push(halt, ...(goal ? [goal] : []));
  let measured: Stats | undefined;
  const loss = withGradient(tf, inputs, (tensors, save) => {
    const [a, v, h, g] = tensors.map((tensor) => tensor.dataSync() as Float32Array);
    const slopes = lossAndSlopes(
      { action: a, value: v, halt: h ?? new Float32Array(0), goal: g },
      batch,
      w,
      model.goals,
    );
    measured = slopes.stats;
    save([]);
    const lists = [slopes.action, slopes.value, slopes.halt, slopes.goal];
    return {
      value: tf.scalar(slopes.loss),
      gradFunc: (dy) => {
        const [scale] = dy.dataSync();
        return tensors.map(({ shape }, i) => {
          const slope = lists[i]!;
          if (scale !== 1) for (let k = 0; k < slope.length; k++) slope[k] *= scale;
          return tf.tensor(slope, shape, 'float32');
        });
      },
    };
  }) as Scalar;
  return { loss, stats: tf.tensor1d(LOSS_STATS.map((name) => measured![name])) };
}

/** Loss, statistics and ∂loss/∂output of one minibatch; the terms are those of `composedObjective`. */
function lossAndSlopes(
  outputs: Outputs,
  batch: Minibatch,
  w: LossWeights,
  goals: GoalHead,
): Slopes {
  const size = batch.inputs.batch;
  const stats = Object.fromEntries(LOSS_STATS.map((name) => [name, 0])) as Stats;
  const slopes: Slopes = {
    loss: 0,
    stats,
    action: new Float32Array(outputs.action.length),
    value: new Float32Array(size),
    halt: new Float32Array(outputs.halt.length),
    goal: outputs.goal && new Float32Array(outputs.goal.length),
  };
  actionTerms(outputs.action, batch, w, slopes);
  for (let i = 0; i < size; i++) {
    const error = outputs.value[i] - batch.returns[i];
    stats.valueLoss += (error * error) / size;
    slopes.value[i] = (w.value * error) / size;
  }
  slopes.loss += 0.5 * w.value * stats.valueLoss;
  if (w.goal > 0) {
    if (outputs.goal) goalTerms(outputs.goal, batch, w, goals, slopes);
    haltTerms(outputs.halt, batch, w, slopes);
  }
  return slopes;
}

/** Everything that the action logits [B, 7] decide. */
function actionTerms(logits: Float32Array, batch: Minibatch, w: LossWeights, out: Slopes): void {
  const size = batch.inputs.batch;
  const { stats } = out;
  const logs = new Float64Array(NUM_ACTIONS);
  const labelled = Math.max(1, known(batch.expertActions));
  const pulled = w.reference > 0 && batch.reference !== undefined;
  for (let i = 0; i < size; i++) {
    const at = i * NUM_ACTIONS;
    logSoftmax(logits, at, NUM_ACTIONS, logs);
    let entropy = 0;
    for (let a = 0; a < NUM_ACTIONS; a++) entropy -= Math.exp(logs[a]) * logs[a];
    stats.entropy += entropy / size;
    let towards = 0;
    if (w.policy > 0) {
      const logRatio = logs[batch.actions[i]] - batch.oldLogProbs[i];
      const ratio = Math.exp(logRatio);
      const advantage = batch.advantages[i];
      const clipped = Math.min(Math.max(ratio, 1 - w.clip), 1 + w.clip);
      const free = ratio * advantage <= clipped * advantage;
      stats.policyLoss -= (free ? ratio * advantage : clipped * advantage) / size;
      stats.kl += (ratio - 1 - logRatio) / size;
      if (Math.abs(ratio - 1) > w.clip) stats.clipFraction += 1 / size;
      if (free) towards = (w.policy * ratio * advantage) / size;
    }
    const label = w.cloning > 0 ? batch.expertActions[i] : -1;
    if (label >= 0) {
      stats.cloningLoss -= logs[label] / labelled;
      if (logs[label] >= highest(logs)) stats.actionHits += 1 / labelled;
    }
    for (let a = 0; a < NUM_ACTIONS; a++) {
      const p = Math.exp(logs[a]);
      let slope = -towards * ((a === batch.actions[i] ? 1 : 0) - p);
      if (w.policy > 0) slope += (w.entropy / size) * p * (logs[a] + entropy);
      if (pulled) {
        const start = batch.reference![at + a];
        stats.klReference += (start * (Math.log(Math.max(start, 1e-8)) - logs[a])) / size;
        slope += (w.reference / size) * (p - start);
      }
      if (label >= 0) slope += (w.cloning / labelled) * (p - (a === label ? 1 : 0));
      out.action[at + a] = slope;
    }
  }
  if (w.policy > 0) out.loss += w.policy * stats.policyLoss - w.entropy * stats.entropy;
  out.loss += w.reference * stats.klReference + w.cloning * stats.cloningLoss;
}

/** Cross-entropy to the expert's goals, choice by choice, over goal logits [R, goals.outputs]. */
function goalTerms(
  logits: Float32Array,
  batch: Minibatch,
  w: LossWeights,
  goals: GoalHead,
  out: Slopes,
): void {
  const size = batch.inputs.batch;
  const count = batch.expertSubgoals.length;
  const weight = w.goal * Math.sqrt(count / size);
  for (const { part, from, classes } of goals.choices) {
    const labels = goalLabels(batch, part);
    const logs = new Float64Array(classes);
    const labelled = Math.max(1, known(labels));
    for (let r = 0; r < count; r++) {
      const label = labels[r];
      if (label < 0) continue;
      const at = r * goals.outputs + from;
      logSoftmax(logits, at, classes, logs);
      out.stats.goalLoss -= logs[label] / labelled;
      if (logs[label] >= highest(logs)) out.stats[GOAL_HITS[part]] += 1 / labelled;
      for (let c = 0; c < classes; c++)
        out.goal![at + c] = (weight / labelled) * (Math.exp(logs[c]) - (c === label ? 1 : 0));
    }
  }
  out.stats.goalCount = known(batch.expertSubgoals) / size;
  out.loss += weight * out.stats.goalLoss;
}

/** Binary cross-entropy of both Q-values [B, 2] where their outcome is known. */
function haltTerms(q: Float32Array, batch: Minibatch, w: LossWeights, out: Slopes): void {
  const count = Math.max(1, 2 * known(batch.keptGoalRight));
  for (let i = 0; i < batch.keptGoalRight.length; i++) {
    const right = batch.keptGoalRight[i];
    if (right < 0) continue;
    for (let k = 0; k < 2; k++) {
      const x = q[2 * i + k];
      const target = k === 0 ? right : 1 - right;
      out.stats.haltLoss +=
        (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - target * x) / count;
      out.halt[2 * i + k] = (0.5 * w.goal * (1 / (1 + Math.exp(-x)) - target)) / count;
    }
  }
  out.loss += 0.5 * w.goal * out.stats.haltLoss;
}

function logSoftmax(logits: Float32Array, at: number, count: number, out: Float64Array): void {
  let top = -Infinity;
  for (let i = 0; i < count; i++) top = Math.max(top, logits[at + i]);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(logits[at + i] - top);
  const total = top + Math.log(sum);
  for (let i = 0; i < count; i++) out[i] = logits[at + i] - total;
}

function highest(values: Float64Array): number {
  let best = -Infinity;
  for (let i = 0; i < values.length; i++) best = Math.max(best, values[i]);
  return best;
}
