import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { forward, type TrainOutputs } from '../../policy/forward.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { fusedObjective } from './fusedObjective.ts';
import { known, LOSS_STATS, type LossWeights, type Minibatch } from './lossTypes.ts';
import { composedPlannersTerms } from './plannersObjective.ts';
import { composedPull } from './pullObjective.ts';
import { oneHot, targetLogits } from './targetLogits.ts';

/**
 * Loss of one minibatch: PPO's clipped surrogate (Schulman et al. 2017, eq. 7), value error, entropy
 * bonus, KL(start ‖ policy), cross-entropy to the expert's action, and for the Planner cross-entropy
 * to the expert's subgoal and target plus the halting head's Q-learning targets (arXiv 2506.21734,
 * section 2: Q of halting is 1 when the kept goal is still right, Q of thinking on when it is not).
 * All are means over the samples that have the target.
 */
export function objective(
  model: Policy,
  weights: Weights,
  batch: Minibatch,
  w: LossWeights,
): { loss: Scalar; stats: Tensor1D } {
  const out = forward(model, weights, batch, w.valueShare);
  return model.engine.inMemory
    ? fusedObjective(model, out, batch, w)
    : composedObjective(model, out, batch, w);
}

/** The loss in tensor operations, for engines whose tensors lie in other memory. */
export function composedObjective(
  model: Policy,
  out: TrainOutputs,
  batch: Minibatch,
  w: LossWeights,
): { loss: Scalar; stats: Tensor1D } {
  const { tf } = model.engine;
  const size = batch.inputs.batch;
  const logProbs = tf.logSoftmax(out.action);
  const zero = tf.scalar(0);
  const terms: Tensor[] = [];
  const stats = Object.fromEntries(LOSS_STATS.map((name) => [name, zero])) as Record<
    (typeof LOSS_STATS)[number],
    Tensor
  >;

  const probs = tf.exp(logProbs);
  stats.entropy = tf.div(tf.sum(tf.mul(probs, logProbs)), -size);
  if (w.policy > 0) {
    const taken = tf.sum(
      tf.mul(logProbs, tf.tensor2d(oneHot(batch.actions, NUM_ACTIONS), [size, NUM_ACTIONS])),
      1,
    );
    const logRatio = tf.sub(taken, tf.tensor1d(batch.oldLogProbs));
    const ratio = tf.exp(logRatio);
    const advantages = tf.tensor1d(batch.advantages);
    const clipped = tf.clipByValue(ratio, 1 - w.clip, 1 + w.clip);
    stats.policyLoss = tf.neg(
      tf.mean(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages))),
    );
    terms.push(tf.mul(stats.policyLoss, w.policy), tf.mul(stats.entropy, -w.entropy));
    // Schulman's low-variance estimate of KL(old ‖ new).
    stats.kl = tf.mean(tf.sub(tf.sub(ratio, 1), logRatio));
    stats.clipFraction = tf.mean(tf.cast(tf.greater(tf.abs(tf.sub(ratio, 1)), w.clip), 'float32'));
  }
  if (w.reference > 0 && batch.reference) {
    const reference = tf.tensor2d(batch.reference, [size, NUM_ACTIONS]);
    const gap = tf.sub(tf.tensor2d(logOf(batch.reference), [size, NUM_ACTIONS]), logProbs);
    stats.klReference = tf.div(tf.sum(tf.mul(reference, gap)), size);
    terms.push(tf.mul(stats.klReference, w.reference));
  }
  const error = tf.sub(out.value, tf.tensor1d(batch.returns));
  stats.valueLoss = tf.mean(tf.square(error));
  if (w.value > 0) terms.push(tf.mul(stats.valueLoss, 0.5 * w.value));
  if (w.cloning > 0) {
    const [loss, hits] = crossEntropy(model, logProbs, batch.expertActions, NUM_ACTIONS);
    stats.cloningLoss = loss;
    stats.actionHits = hits;
    terms.push(tf.mul(loss, w.cloning));
  }
  if (w.goal > 0) {
    if (out.goals) {
      const { expertSubgoals, expertTargets } = batch;
      const count = expertSubgoals.length;
      const subgoals = tf.slice(out.goals.logits, [0, 0], [count, NUM_SUBGOALS]) as Tensor2D;
      const targets = targetLogits(model, out, batch, expertSubgoals);
      const [subgoalLoss, subgoalHits] = crossEntropy(
        model,
        tf.logSoftmax(subgoals),
        expertSubgoals,
        NUM_SUBGOALS,
      );
      const [targetLoss, targetHits] = crossEntropy(
        model,
        tf.logSoftmax(targets),
        expertTargets,
        targets.shape[1],
      );
      stats.subgoalHits = subgoalHits;
      stats.targetHits = targetHits;
      stats.goalLoss = tf.add(subgoalLoss, targetLoss);
      stats.goalCount = tf.scalar(known(batch.expertSubgoals) / size);
      // Replanned samples are few: weigh them by their share, so that one goal counts as much as one action.
      terms.push(tf.mul(stats.goalLoss, w.goal * Math.sqrt(count / size)));
    }
    stats.haltLoss = haltLoss(model, out.halt, batch);
    terms.push(tf.mul(stats.haltLoss, 0.5 * w.goal));
  }
  if (w.planner > 0 && batch.planner) {
    const planner = composedPlannersTerms(model, out, batch, batch.planner, w);
    Object.assign(stats, planner.stats);
    terms.push(...planner.terms);
  }
  if (w.pull > 0 && batch.start) {
    const pull = composedPull(model, out, batch, batch.start);
    stats.klReference = tf.add(stats.klReference, pull);
    terms.push(tf.mul(pull, w.pull));
  }
  const loss = tf.addN(terms) as Scalar;
  return { loss, stats: tf.stack(LOSS_STATS.map((name) => stats[name])) as Tensor1D };
}

/** Mean −log p of the labels (−1: none), and the share of labelled rows whose likeliest class is the label. */
function crossEntropy(
  model: Policy,
  logProbs: Tensor2D,
  labels: Int32Array,
  classes: number,
): [Tensor, Tensor] {
  const { tf } = model.engine;
  const count = Math.max(1, known(labels));
  const target = tf.tensor2d(oneHot(labels, classes), [labels.length, classes]);
  const own = tf.sum(tf.mul(logProbs, target), 1);
  const best = tf.max(logProbs, 1);
  const labelled = tf.tensor1d(Float32Array.from(labels, (label) => (label >= 0 ? 1 : 0)));
  const hits = tf.div(
    tf.sum(tf.mul(tf.cast(tf.greaterEqual(own, best), 'float32'), labelled)),
    count,
  );
  return [tf.div(tf.sum(own), -count), hits];
}

/** Binary cross-entropy of both Q-values on the samples where their outcome is known. */
function haltLoss(model: Policy, halt: Tensor2D, batch: Minibatch): Tensor {
  const { tf } = model.engine;
  const size = batch.inputs.batch;
  const target = new Float32Array(size * 2);
  const mask = new Float32Array(size * 2);
  for (let i = 0; i < size; i++) {
    const right = batch.keptGoalRight[i];
    if (right < 0) continue;
    target[i * 2] = right;
    target[i * 2 + 1] = 1 - right;
    mask[i * 2] = 1;
    mask[i * 2 + 1] = 1;
  }
  const count = Math.max(
    1,
    mask.reduce((a, b) => a + b, 0),
  );
  const q = halt;
  const t = tf.tensor2d(target, [size, 2]);
  // log(1 + e^q) − t·q, written so that large |q| does not overflow.
  const softplus = tf.add(tf.relu(q), tf.log(tf.add(tf.exp(tf.neg(tf.abs(q))), 1)));
  return tf.div(
    tf.sum(tf.mul(tf.sub(softplus, tf.mul(t, q)), tf.tensor2d(mask, [size, 2]))),
    count,
  );
}

const logOf = (probabilities: Float32Array) =>
  probabilities.map((p) => Math.log(Math.max(p, 1e-8)));
