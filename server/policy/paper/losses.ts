import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from './recursion.ts';

/** Labels of this value take no part in the loss. */
export const IGNORE_LABEL = -100;

export type LossType = 'stablemax' | 'softmax';

/**
 * Logarithm of stablemax's s, where s(x) = x + 1 for x >= 0 and 1 / (1 - x) below. The gradient is
 * written out because a composition would be wrong at exactly 0.
 */
const logS = tf.customGrad((x, save) => {
  const logits = x as tf.Tensor;
  (save as tf.GradSaveFunc)([logits]);
  return {
    value: tf.mul(tf.sign(logits), tf.log1p(tf.abs(logits))),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.div(dy, tf.add(1, tf.abs(saved[0]))),
  };
});

/**
 * Logarithms of stablemax probabilities over the last axis. Since s = exp(log s), stablemax is the
 * softmax of log s: in that form float32 loses nothing against the reference's float64.
 */
export function logStablemax<T extends tf.Tensor>(logits: T): T {
  return tf.logSoftmax(logS(logits)) as T;
}

/**
 * Cross entropy of each token, `[B, S]`, 0 where the label is ignored.
 * @param logits `[B, S, V]`
 * @param labels `[B, S]`, int32
 */
export function tokenLosses(type: LossType, logits: tf.Tensor3D, labels: tf.Tensor2D): tf.Tensor2D {
  const logp = type === 'stablemax' ? logStablemax(logits) : (tf.logSoftmax(logits) as tf.Tensor3D);
  const counted = tf.cast(tf.notEqual(labels, IGNORE_LABEL), 'float32');
  // Ignored labels are negative, which not every backend's one-hot takes.
  const hot = tf.cast(tf.oneHot(tf.relu(labels), logits.shape[2]), 'float32');
  return tf.neg(tf.mul(counted, tf.sum(tf.mul(logp, hot), -1)));
}

/** Binary cross entropy of a logit against a target in [0, 1], element by element. */
export function binaryCrossEntropy<T extends tf.Tensor>(logits: T, targets: T): T {
  return tf.sub(tf.softplus(logits), tf.mul(logits, targets)) as T;
}

/** 1 for each sequence whose labelled tokens are all predicted, else 0; `[B]`, outside the gradient. */
export function correctSequences(logits: tf.Tensor3D, labels: tf.Tensor2D): tf.Tensor1D {
  return withoutGradient(() => {
    const wrong = tf.logicalAnd(
      tf.notEqual(labels, IGNORE_LABEL),
      tf.notEqual(tf.argMax(logits, -1), labels),
    );
    const count = tf.sum(tf.cast(wrong, 'float32'), -1);
    return tf.cast(tf.equal(count, 0), 'float32') as tf.Tensor1D;
  });
}
