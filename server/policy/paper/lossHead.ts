import * as tf from '@tensorflow/tfjs-core';
import {
  type CallOptions,
  type CallOutputs,
  type Carry,
  finishCall,
  type PuzzleBatch,
  runSegment,
  type SegmentOutput,
  type StartedCall,
  startCall,
} from './act.ts';
import {
  binaryCrossEntropy,
  correctSequences,
  IGNORE_LABEL,
  type LossType,
  tokenLosses,
} from './losses.ts';
import type { PaperModel } from './model.ts';

/** Sums over the sequences that halted in this call and have labels; the losses are over all sequences. */
export interface LossMetrics {
  readonly count: number;
  readonly accuracy: number;
  readonly exact_accuracy: number;
  readonly q_halt_accuracy: number;
  readonly steps: number;
  readonly lm_loss: number;
  readonly q_halt_loss: number;
  readonly q_continue_loss?: number;
}

export interface LossResult {
  /** lm + (q_halt + q_continue) / 2, summed over the batch. */
  readonly loss: number;
  readonly metrics: LossMetrics;
  readonly carry: Carry;
  readonly outputs: CallOutputs;
  /** By parameter name; in training also `inner.puzzle_emb.local_weights` `[B, ndim]` if there is a puzzle embedding. */
  readonly gradients: Map<string, tf.Tensor>;
}

/** Labelled tokens of each sequence, `[B]`. */
function labelCounts(labels: Int32Array, width: number): Int32Array {
  const counts = new Int32Array(labels.length / width);
  for (const [i, label] of labels.entries())
    if (label !== IGNORE_LABEL) counts[Math.floor(i / width)]++;
  return counts;
}

interface Losses {
  total: tf.Scalar;
  lm: tf.Scalar;
  halt: tf.Scalar;
  goOn?: tf.Scalar;
}

function lossesOf(
  model: PaperModel,
  call: StartedCall,
  segment: SegmentOutput,
  type: LossType,
): Losses {
  const counts = labelCounts(call.data.labels, model.config.seqLen);
  const share = tf.tensor2d(
    Float32Array.from(counts, (n) => 1 / Math.max(1, n)),
    [counts.length, 1],
  );
  const lm = tf.sum(tf.mul(tokenLosses(type, segment.logits, call.labels), share)) as tf.Scalar;
  const correct = correctSequences(segment.logits, call.labels);
  const halt = tf.sum(binaryCrossEntropy(segment.qHalt, correct)) as tf.Scalar;
  if (!segment.targetContinue) return { total: tf.add(lm, tf.mul(0.5, halt)), lm, halt };
  const goOn = tf.sum(binaryCrossEntropy(segment.qContinue, segment.targetContinue)) as tf.Scalar;
  return { total: tf.add(lm, tf.mul(0.5, tf.add(halt, goOn))), lm, halt, goOn };
}

/** Counts what the sequences that halted in this call got right. */
function countMetrics(carry: Carry, outputs: CallOutputs, logits: Float32Array) {
  const { labels } = carry.currentData;
  const B = carry.halted.length;
  const width = labels.length / B;
  const vocabulary = outputs.logits.shape[2];
  const counts = labelCounts(labels, width);
  const sums = { count: 0, accuracy: 0, exact_accuracy: 0, q_halt_accuracy: 0, steps: 0 };
  for (let b = 0; b < B; b++) {
    if (!carry.halted[b] || counts[b] === 0) continue;
    let right = 0;
    for (let i = b * width; i < (b + 1) * width; i++) {
      const row = logits.subarray(i * vocabulary, (i + 1) * vocabulary);
      if (
        labels[i] !== IGNORE_LABEL &&
        row.indexOf(row.reduce((x, y) => Math.max(x, y))) === labels[i]
      )
        right++;
    }
    const exact = right === counts[b];
    sums.count++;
    sums.accuracy += right / counts[b];
    sums.exact_accuracy += exact ? 1 : 0;
    sums.q_halt_accuracy += outputs.q_halt_logits[b] >= 0 === exact ? 1 : 0;
    sums.steps += carry.steps[b];
  }
  return sums;
}

/**
 * One outer call with its loss and the gradient of every parameter. The carry given is not changed or
 * freed; the caller frees the new carry, `outputs.logits` and the gradients.
 */
export async function lossAndGradients(
  model: PaperModel,
  carry: Carry,
  batch: PuzzleBatch,
  type: LossType,
  options: CallOptions,
): Promise<LossResult> {
  const call = startCall(model, carry, batch);
  try {
    const names = [...model.parameters.keys()];
    const variables: tf.Tensor[] = [...model.parameters.values()];
    if (call.input.puzzle && options.training) {
      names.push('inner.puzzle_emb.local_weights');
      variables.push(call.input.puzzle);
    }
    const kept: { segment?: SegmentOutput; losses?: Losses } = {};
    const { value, grads } = tf.valueAndGrads(() => {
      const segment = runSegment(model, call, options.training);
      const losses = lossesOf(model, call, segment, type);
      // The results outlive the scope in which the gradient is worked out.
      for (const tensor of Object.values(segment)) tf.keep(tensor);
      for (const tensor of [losses.lm, losses.halt, losses.goOn]) if (tensor) tf.keep(tensor);
      kept.segment = segment;
      kept.losses = losses;
      return losses.total;
    })(variables);
    const { lm, halt, goOn } = kept.losses as Losses;
    const read = async (x: tf.Scalar) => (await x.data())[0];
    const loss = await read(value as tf.Scalar);
    const sums = { lm_loss: await read(lm), q_halt_loss: await read(halt) };
    const q_continue_loss = goOn && (await read(goOn));
    tf.dispose([value, lm, halt]);
    goOn?.dispose();
    const done = await finishCall(model, call, kept.segment as SegmentOutput, options);
    const logits = (await done.outputs.logits.data()) as Float32Array;
    return {
      ...done,
      loss,
      metrics: {
        ...countMetrics(done.carry, done.outputs, logits),
        ...sums,
        ...(q_continue_loss === undefined ? {} : { q_continue_loss }),
      },
      gradients: new Map(names.map((name, i) => [name, grads[i]])),
    };
  } finally {
    call.dispose();
  }
}
