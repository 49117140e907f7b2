import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TrainOutputs } from '../../policy/forward.ts';
import type { Policy } from '../../policy/model.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import type { Minibatch, StartBatch } from './lossTypes.ts';
import { pullShares } from './pullTerms.ts';
import { targetLogits } from './targetLogits.ts';

/** The divergence of `pullTerms` in tensor operations. */
export function composedPull(
  model: Policy,
  out: TrainOutputs,
  batch: Minibatch,
  start: StartBatch,
): Tensor {
  const { tf } = model.engine;
  const size = batch.inputs.batch;
  const { each, goal } = pullShares(start);
  const pulled = Float32Array.from(start.pulled);
  /** Σ shares · KL(probabilities ‖ policy), of rows with a share. */
  const divergence = (probabilities: Float32Array, logs: Tensor2D, shares: Float32Array) => {
    const columns = logs.shape[1];
    const weights = probabilities.map((p, i) => p * shares[Math.floor(i / columns)]);
    const own = weights.reduce(
      (sum, weight, i) => sum + (weight > 0 ? weight * Math.log(probabilities[i]) : 0),
      0,
    );
    return tf.sub(own, tf.sum(tf.mul(tf.tensor2d(weights, logs.shape), logs)));
  };
  const actionShares = pulled.map((flag) => flag * each);
  const terms = [
    divergence(start.actions, tf.logSoftmax(out.action), actionShares),
    divergence(
      Float32Array.from({ length: 2 * size }, (_, i) => {
        const keep = Math.max(0, start.keeps[i >> 1]);
        return i % 2 === 0 ? keep : 1 - keep;
      }),
      // Keeping with the probability σ(keep − think) is a softmax of both.
      tf.logSoftmax(out.halt),
      actionShares.map((share, i) => (start.keeps[i] < 0 ? 0 : share)),
    ),
  ];
  const { asked } = start;
  if (out.goals && asked.length > 0) {
    const shares = Float32Array.from(asked, (subgoal) => (subgoal < 0 ? 0 : goal));
    const count = asked.length;
    const subgoals = tf.slice(out.goals.logits, [0, 0], [count, NUM_SUBGOALS]) as Tensor2D;
    terms.push(divergence(start.subgoals, tf.logSoftmax(subgoals), shares));
    const targets = targetLogits(model, out, batch, asked);
    const columns = targets.shape[1];
    const probabilities = new Float32Array(count * columns);
    for (const [r, row] of start.targets.entries()) if (row) probabilities.set(row, r * columns);
    terms.push(divergence(probabilities, tf.logSoftmax(targets), shares));
  }
  return tf.addN(terms);
}
