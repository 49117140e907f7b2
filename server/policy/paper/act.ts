import * as tf from '@tensorflow/tfjs-core';
import { type PaperConfig, totalLength } from './config.ts';
import {
  forward,
  type PaperInput,
  type PaperModel,
  type PaperOutput,
  puzzleRows,
} from './model.ts';
import { type Held, type States, withoutGradient } from './recursion.ts';

/** Puzzles as the outer loop hands them around; row-major, on the host. */
export interface PuzzleBatch {
  /** Token ids, `[B, seqLen]`. */
  readonly inputs: Int32Array;
  /** Wanted tokens, `[B, seqLen]`; `IGNORE_LABEL` where there is none. */
  readonly labels: Int32Array;
  /** `[B]` */
  readonly puzzleIdentifiers: Int32Array;
}

/** All that lives on between two calls. A value: calls take one and give a new one. */
export interface Carry extends States {
  /** Calls spent so far on each sequence, `[B]`. */
  readonly steps: Int32Array;
  /** 1 where the sequence is done and its place is free for new data, `[B]`. */
  readonly halted: Uint8Array;
  readonly currentData: PuzzleBatch;
}

/** A source of numbers, uniform in [0, 1). */
export type RandomSource = () => number;

export interface CallOptions {
  /** In training a sequence may halt early; in evaluation it gets `haltMaxSteps` calls. */
  readonly training: boolean;
  /** For halting exploration; needed if training with `haltExplorationProb` above 0. */
  readonly random?: RandomSource;
  /** Modules that keep their state through the call; not in training. */
  readonly held?: Held;
}

/** A carry in which every sequence is halted, so that the first call fills it with its batch. */
export function initialCarry(config: PaperConfig, batchSize: number): Carry {
  const shape: [number, number, number] = [batchSize, totalLength(config), config.width];
  const tokens = batchSize * config.seqLen;
  return {
    zH: tf.zeros(shape),
    zL: tf.zeros(shape),
    steps: new Int32Array(batchSize),
    halted: new Uint8Array(batchSize).fill(1),
    currentData: {
      inputs: new Int32Array(tokens),
      labels: new Int32Array(tokens),
      puzzleIdentifiers: new Int32Array(batchSize),
    },
  };
}

/** Frees a carry's tensors. */
export function disposeCarry(carry: Carry): void {
  tf.dispose([carry.zH, carry.zL]);
}

/** A call after its halted sequences were given new data and fresh states. */
export interface StartedCall {
  readonly states: States;
  /** Calls spent, this one included. */
  readonly steps: Int32Array;
  readonly data: PuzzleBatch;
  readonly input: PaperInput;
  readonly labels: tf.Tensor2D;
  dispose(): void;
}

function refill(
  old: Int32Array,
  offered: Int32Array,
  halted: Uint8Array,
  width: number,
  name: string,
): Int32Array {
  if (offered.length !== halted.length * width)
    throw new RangeError(
      `batch.${name}: got ${offered.length} numbers, expected ${halted.length} sequences of ${width}`,
    );
  return old.map((value, i) => (halted[Math.floor(i / width)] ? offered[i] : value));
}

function checkRange(values: Int32Array, from: number, to: number, name: string, except?: number) {
  const bad = values.find((x) => (x < from || x >= to) && x !== except);
  if (bad !== undefined)
    throw new RangeError(`batch.${name}: got ${bad}, expected ${from} to ${to - 1}`);
}

/**
 * Replaces halted sequences: their data by the batch's, their states by the initial ones.
 * @throws RangeError naming the field of a batch that does not fit.
 */
export function startCall(model: PaperModel, carry: Carry, batch: PuzzleBatch): StartedCall {
  const { config, buffers } = model;
  const { halted, currentData: old } = carry;
  const data: PuzzleBatch = {
    inputs: refill(old.inputs, batch.inputs, halted, config.seqLen, 'inputs'),
    labels: refill(old.labels, batch.labels, halted, config.seqLen, 'labels'),
    puzzleIdentifiers: refill(
      old.puzzleIdentifiers,
      batch.puzzleIdentifiers,
      halted,
      1,
      'puzzle_identifiers',
    ),
  };
  checkRange(data.inputs, 0, config.vocabSize, 'inputs');
  checkRange(data.labels, 0, config.vocabSize, 'labels', -100);
  if (config.puzzleWidth > 0)
    checkRange(data.puzzleIdentifiers, 0, config.numPuzzleIdentifiers, 'puzzle_identifiers');
  const B = halted.length;
  const shape: [number, number] = [B, config.seqLen];
  const owned = tf.tidy(() => {
    const [, S, D] = carry.zH.shape;
    const rows = new Uint8Array(B * S * D);
    for (const [i, flag] of halted.entries()) if (flag) rows.fill(1, i * S * D, (i + 1) * S * D);
    const fresh = tf.tensor3d(rows, [B, S, D], 'bool');
    const column = tf.ones([B * S, 1]) as tf.Tensor2D;
    const reset = (z: tf.Tensor3D, name: string) => {
      const init = tf.reshape(buffers.get(name) as tf.Tensor, [1, D]) as tf.Tensor2D;
      // As a product, because tfjs broadcasts many times slower than it multiplies.
      return tf.where(fresh, tf.reshape(tf.matMul(column, init), [B, S, D]) as tf.Tensor3D, z);
    };
    const ids = tf.tensor1d(data.puzzleIdentifiers, 'int32');
    return {
      zH: reset(carry.zH, 'inner.H_init'),
      zL: reset(carry.zL, 'inner.L_init'),
      tokens: tf.tensor2d(data.inputs, shape, 'int32'),
      labels: tf.tensor2d(data.labels, shape, 'int32'),
      ...(config.puzzleWidth > 0 ? { puzzle: puzzleRows(model, ids) } : {}),
    };
  });
  return {
    states: { zH: owned.zH, zL: owned.zL },
    steps: carry.steps.map((n, i) => (halted[i] ? 0 : n) + 1),
    data,
    input: { tokens: owned.tokens, puzzle: owned.puzzle },
    labels: owned.labels,
    dispose: () => tf.dispose(owned),
  };
}

/** Whether this call bootstraps a target for q_continue from a further pass. */
export function learnsContinue(config: PaperConfig, training: boolean): boolean {
  return training && config.haltMaxSteps > 1 && !config.noActContinue;
}

export interface SegmentOutput extends PaperOutput {
  /** What q_continue should be after the sigmoid, `[B]`; only where `learnsContinue`. */
  readonly targetContinue?: tf.Tensor1D;
}

/**
 * One pass and, where continuing is learnt, its Q-learning target: the value of the best choice after one
 * more pass, or of halting if this call is the sequence's last. The target is outside the gradient.
 */
export function runSegment(
  model: PaperModel,
  call: StartedCall,
  training: boolean,
  held?: Held,
): SegmentOutput {
  const output = forward(model, call.states, call.input, held);
  if (!learnsContinue(model.config, training)) return output;
  const targetContinue = withoutGradient(() => {
    const next = forward(model, output, call.input);
    const last = tf.tensor1d(lastCalls(model.config, call.steps), 'bool');
    return tf.sigmoid(
      tf.where(last, next.qHalt, tf.maximum(next.qHalt, next.qContinue)),
    ) as tf.Tensor1D;
  });
  return { ...output, targetContinue };
}

function lastCalls(config: PaperConfig, steps: Int32Array): Uint8Array {
  return Uint8Array.from(steps, (n) => (n >= config.haltMaxSteps ? 1 : 0));
}

/** Decides which sequences are done after a call, `[B]`. */
export function haltedAfter(
  config: PaperConfig,
  steps: Int32Array,
  qHalt: Float32Array,
  qContinue: Float32Array,
  { training, random }: CallOptions,
): Uint8Array {
  const halted = lastCalls(config, steps);
  const limit = config.haltMaxSteps;
  if (!training || limit <= 1) return halted;
  const explore = config.haltExplorationProb;
  if (explore > 0 && !random)
    throw new Error('random: missing, expected a source for halt_exploration_prob above 0');
  return halted.map((last, i) => {
    const wants = qHalt[i] > (config.noActContinue ? 0 : qContinue[i]);
    // Exploration: sometimes a sequence has to go on for a random number of calls (2 to the limit).
    const least = random && random() < explore ? 2 + Math.floor(random() * (limit - 1)) : 0;
    return (last || wants) && steps[i] >= least ? 1 : 0;
  });
}

export interface CallOutputs {
  /** `[B, seqLen, vocabSize]` */
  readonly logits: tf.Tensor3D;
  readonly q_halt_logits: Float32Array;
  readonly q_continue_logits: Float32Array;
  readonly target_q_continue?: Float32Array;
}

/** Reads a segment's results back and closes the call. Takes over the segment's `zH`, `zL` and `logits`. */
export async function finishCall(
  model: PaperModel,
  call: StartedCall,
  segment: SegmentOutput,
  options: CallOptions,
): Promise<{ carry: Carry; outputs: CallOutputs }> {
  const { zH, zL, logits, qHalt, qContinue, targetContinue } = segment;
  const [q_halt_logits, q_continue_logits, target_q_continue] = await Promise.all(
    [qHalt, qContinue, targetContinue].map(async (q) => (await q?.data()) as Float32Array),
  );
  tf.dispose([qHalt, qContinue]);
  targetContinue?.dispose();
  const halted = haltedAfter(model.config, call.steps, q_halt_logits, q_continue_logits, options);
  return {
    carry: { zH, zL, steps: call.steps, halted, currentData: call.data },
    outputs: {
      logits,
      q_halt_logits,
      q_continue_logits,
      ...(targetContinue ? { target_q_continue } : {}),
    },
  };
}

/**
 * One outer call without learning: carry and batch in, new carry and outputs out. The carry given is
 * not changed or freed; the caller frees the new one (`disposeCarry`) and `outputs.logits`.
 */
export async function callModel(
  model: PaperModel,
  carry: Carry,
  batch: PuzzleBatch,
  options: CallOptions,
): Promise<{ carry: Carry; outputs: CallOutputs }> {
  const call = startCall(model, carry, batch);
  try {
    const segment = tf.tidy(() => ({ ...runSegment(model, call, options.training, options.held) }));
    return await finishCall(model, call, segment, options);
  } finally {
    call.dispose();
  }
}
