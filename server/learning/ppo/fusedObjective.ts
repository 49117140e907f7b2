import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { recordOf } from '../../../shared/records.ts';
import { withGradient } from '../../engine/withGradient.ts';
import type { TrainOutputs } from '../../policy/forward.ts';
import { GOAL_OUTPUTS, GoalScores } from '../../policy/goals/goalHead.ts';
import type { Policy } from '../../policy/model.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { addTarget, GOAL_PARTS, highest, logSoftmax, zeroGoals } from './goalSlopes.ts';
import {
  known,
  LOSS_STATS,
  type LossWeights,
  type Minibatch,
  type Outputs,
  type Slopes,
  type Stats,
} from './lossTypes.ts';
import { plannersTerms } from './plannersTerms.ts';
import { pullTerms } from './pullTerms.ts';

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
  const { samples } = outputs;
  // Outputs that no term uses are not inputs: their heads get no gradient, as in the composed form.
  const used = outputsUsed(outputs, batch, w);
  let measured: Stats | undefined;
  const loss = withGradient(tf, Object.values(used), (tensors, save) => {
    const values = tensors.map((tensor) => tensor.dataSync() as Float32Array);
    const slopes = lossAndSlopes(asOutputs(Object.keys(used), values), batch, w, samples);
    measured = slopes.stats;
    save([]);
    const lists = Object.keys(used).map(
      (name) => slopes[name as 'action'] ?? slopes.goals![name as (typeof GOAL_PARTS)[number]],
    );
    return {
      value: tf.scalar(slopes.loss),
      gradFunc: (dy) => {
        const [scale] = dy.dataSync();
        return tensors.map(({ shape }, i) => {
          const slope = lists[i];
          if (scale !== 1) for (let k = 0; k < slope.length; k++) slope[k] *= scale;
          return tf.tensor(slope, shape, 'float32');
        });
      },
    };
  }) as Scalar;
  return { loss, stats: tf.tensor1d(LOSS_STATS.map((name) => measured![name])) };
}

/** The tensors that some term of the loss reads, by name. */
function outputsUsed(
  { action, value, halt, plannersValue, goals }: TrainOutputs,
  batch: Minibatch,
  w: LossWeights,
): Record<string, Tensor> {
  const learnsByReward = w.planner > 0 && batch.planner !== undefined;
  const used: Record<string, Tensor> = { action, value };
  if (w.goal > 0 || learnsByReward || (w.pull > 0 && batch.start)) {
    used.halt = halt;
    if (goals) for (const part of GOAL_PARTS) used[part] = goals[part];
  }
  if (learnsByReward && plannersValue) used.plannersValue = plannersValue;
  return used;
}

/** The same as numbers, the parts of the goals under a name of their own. */
function asOutputs(names: readonly string[], values: readonly Float32Array[]): Outputs {
  const byName = Object.fromEntries(names.map((name, i) => [name, values[i]]));
  const { action, value, halt = new Float32Array(0), plannersValue } = byName;
  const goals = 'logits' in byName ? recordOf(GOAL_PARTS, (part) => byName[part]) : undefined;
  return { action, value, halt, plannersValue, goals };
}

/**
 * Loss, statistics and ∂loss/∂output of one minibatch; the terms are those of `composedObjective`.
 * @param samples which replanned, [R]
 */
export function lossAndSlopes(
  outputs: Outputs,
  batch: Minibatch,
  w: LossWeights,
  samples: ArrayLike<number>,
): Slopes {
  const size = batch.inputs.batch;
  const stats = Object.fromEntries(LOSS_STATS.map((name) => [name, 0])) as Stats;
  const slopes: Slopes = {
    loss: 0,
    stats,
    action: new Float32Array(outputs.action.length),
    value: new Float32Array(size),
    halt: new Float32Array(outputs.halt.length),
    plannersValue: outputs.plannersValue && new Float32Array(size),
    goals: outputs.goals && zeroGoals(outputs.goals),
  };
  actionTerms(outputs.action, batch, w, slopes);
  for (let i = 0; i < size; i++) {
    const error = outputs.value[i] - batch.returns[i];
    stats.valueLoss += (error * error) / size;
    slopes.value[i] = (w.value * error) / size;
  }
  slopes.loss += 0.5 * w.value * stats.valueLoss;
  const scores = outputs.goals && new GoalScores(outputs.goals, batch.inputs, samples);
  if (w.goal > 0) {
    if (scores) goalTerms(scores, batch, w, slopes);
    haltTerms(outputs.halt, batch, w, slopes);
  }
  if (w.planner > 0 && batch.planner)
    plannersTerms({ ...outputs, scores }, batch.planner, w, slopes);
  if (w.pull > 0 && batch.start) pullTerms({ ...outputs, scores }, batch.start, w, slopes);
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

/** Cross-entropy to the expert's subgoals, and to its targets given those. */
function goalTerms(scores: GoalScores, batch: Minibatch, w: LossWeights, out: Slopes): void {
  const size = batch.inputs.batch;
  const { expertSubgoals, expertTargets } = batch;
  const { stats } = out;
  const weight = w.goal * Math.sqrt(expertSubgoals.length / size);
  const labelled = Math.max(1, known(expertSubgoals));
  const subgoalLogs = new Float64Array(NUM_SUBGOALS);
  for (const [r, subgoal] of expertSubgoals.entries()) {
    if (subgoal < 0) continue;
    logSoftmax(scores.subgoals(r), 0, NUM_SUBGOALS, subgoalLogs);
    stats.goalLoss -= subgoalLogs[subgoal] / labelled;
    if (subgoalLogs[subgoal] >= highest(subgoalLogs)) stats.subgoalHits += 1 / labelled;
    for (let c = 0; c < NUM_SUBGOALS; c++) {
      const error = Math.exp(subgoalLogs[c]) - (c === subgoal ? 1 : 0);
      out.goals!.logits[r * GOAL_OUTPUTS + c] += (weight / labelled) * error;
    }
    const target = expertTargets[r];
    const targets = scores.targets(r, subgoal);
    const logs = new Float64Array(targets.length);
    logSoftmax(targets, 0, targets.length, logs);
    stats.goalLoss -= logs[target] / labelled;
    if (logs[target] >= highest(logs)) stats.targetHits += 1 / labelled;
    for (let c = 0; c < targets.length; c++) {
      const slope = (weight / labelled) * (Math.exp(logs[c]) - (c === target ? 1 : 0));
      addTarget(out.goals!, scores, r, subgoal, c, slope);
    }
  }
  stats.goalCount = known(expertSubgoals) / size;
  out.loss += weight * stats.goalLoss;
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
      out.halt[2 * i + k] += (0.5 * w.goal * (1 / (1 + Math.exp(-x)) - target)) / count;
    }
  }
  out.loss += 0.5 * w.goal * out.stats.haltLoss;
}
