import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TrainOutputs } from '../../policy/forward.ts';
import { canHave, IMPOSSIBLE, PlannersTokens } from '../../policy/goals/goalHead.ts';
import type { Policy } from '../../policy/model.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { FIRST_TOKEN } from '../../tasks/babyai/targets.ts';
import type { Minibatch } from './lossTypes.ts';

/** Logits of all targets given a subgoal for each replanning sample (−1: none asked), [R, FIRST_TOKEN + most tokens of a sample]. */
export function targetLogits(
  model: Policy,
  out: TrainOutputs,
  batch: Minibatch,
  subgoals: Int32Array,
): Tensor2D {
  const { engine } = model;
  const { tf } = engine;
  const { logits, query, keys, subgoalQuery, subgoalCells } = out.goals!;
  const count = subgoals.length;
  const tokens = new PlannersTokens(batch.inputs, out.samples);
  const most = Math.max(0, ...Array.from(subgoals, (_, r) => tokens.span(r).count));
  const mask = new Float32Array(count * (FIRST_TOKEN + most)).fill(IMPOSSIBLE);
  const asking = new Int32Array(count * most);
  const asked = new Int32Array(count * most);
  for (let r = 0; r < count; r++) {
    const span = tokens.span(r);
    const row = r * (FIRST_TOKEN + most);
    for (let c = 0; c < FIRST_TOKEN; c++) if (canHave(subgoals[r], c)) mask[row + c] = 0;
    for (let t = 0; t < span.count; t++) {
      asking[r * most + t] = r;
      asked[r * most + t] = span.first + t;
      if (tokens.place(r, FIRST_TOKEN + t)) mask[row + FIRST_TOKEN + t] = 0;
    }
  }
  const chosen = tf.tensor2d(oneHot(subgoals, NUM_SUBGOALS), [count, NUM_SUBGOALS]);
  const cells = tf.add(
    tf.slice(logits, [0, NUM_SUBGOALS], [count, FIRST_TOKEN]),
    tf.matMul(chosen, subgoalCells),
  ) as Tensor2D;
  const parts = [cells];
  if (most > 0) {
    const queries = tf.add(query, tf.matMul(chosen, subgoalQuery)) as Tensor2D;
    const products = tf.mul(
      engine.gatherRows(queries, tf.tensor1d(asking, 'int32')),
      engine.gatherRows(keys, tf.tensor1d(asked, 'int32')),
    );
    const sums = tf.div(tf.sum(products, 1), Math.sqrt(query.shape[1]));
    parts.push(tf.reshape(sums, [count, most]));
  }
  return tf.add(tf.concat(parts, 1), tf.tensor2d(mask, [count, FIRST_TOKEN + most])) as Tensor2D;
}

/** Labels as rows of `classes` numbers, 1 at the label; −1 is a row of zeros. */
export function oneHot(labels: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) rows[i * classes + labels[i]] = 1;
  return rows;
}
