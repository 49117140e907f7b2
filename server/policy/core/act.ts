import * as tf from '@tensorflow/tfjs-core';
import { type CoreConfig, totalLength } from './config.ts';
import { type Core, type CoreInput, type CoreOutput, forward, puzzleRows } from './model.ts';
import { type States, withoutGradient } from './recursion.ts';

/** Puzzles as the outer loop hands them around; row-major, on the host. */
export interface PuzzleBatch {
  /** Token ids, `[B, seq_len]`. */
  readonly inputs: Int32Array;
  /** Wanted tokens, `[B, seq_len]`; `IGNORE_LABEL` where there is none. */
  readonly labels: Int32Array;
  /** `[B]` */
  readonly puzzle_identifiers: Int32Array;
}

/** All that lives on between two calls. A value: calls take one and give a new one. */
export interface Carry extends States {
  /** Calls spent so far on each sequence, `[B]`. */
  readonly steps: Int32Array;
  /** 1 where the sequence is done and its place is free for new data, `[B]`. */
  readonly halted: Uint8Array;
  readonly current_data: PuzzleBatch;
}

/** A source of numbers, uniform in [0, 1). */
export type RandomSource = () => number;

export interface CallOptions {
  /** In training a sequence may halt early; in evaluation it gets `halt_max_steps` calls. */
  readonly training: boolean;
  /** For halting exploration; needed if training with `halt_exploration_prob` above 0. */
  readonly random?: RandomSource;
}

/** A carry in which every sequence is halted, so that the first call fills it with its batch. */
export function initialCarry(config: CoreConfig, batchSize: number): Carry {
  const shape: [number, number, number] = [batchSize, totalLength(config), config.hidden_size];
  const tokens = batchSize * config.seq_len;
  return {
    z_H: tf.zeros(shape),
    z_L: tf.zeros(shape),
    steps: new Int32Array(batchSize),
    halted: new Uint8Array(batchSize).fill(1),
    current_data: {
      inputs: new Int32Array(tokens),
      labels: new Int32Array(tokens),
      puzzle_identifiers: new Int32Array(batchSize),
    },
  };
}

/** Frees a carry's tensors. */
export function disposeCarry(carry: Carry): void {
  tf.dispose([carry.z_H, carry.z_L]);
}

/** A call after its halted sequences were given new data and fresh states. */
export interface StartedCall {
  readonly states: States;
  /** Calls spent, this one included. */
  readonly steps: Int32Array;
  readonly data: PuzzleBatch;
  readonly input: CoreInput;
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
export function startCall(core: Core, carry: Carry, batch: PuzzleBatch): StartedCall {
  const { config, buffers } = core;
  const { halted, current_data: old } = carry;
  const data: PuzzleBatch = {
    inputs: refill(old.inputs, batch.inputs, halted, config.seq_len, 'inputs'),
    labels: refill(old.labels, batch.labels, halted, config.seq_len, 'labels'),
    puzzle_identifiers: refill(
      old.puzzle_identifiers,
      batch.puzzle_identifiers,
      halted,
      1,
      'puzzle_identifiers',
    ),
  };
  checkRange(data.inputs, 0, config.vocab_size, 'inputs');
  checkRange(data.labels, 0, config.vocab_size, 'labels', -100);
  if (config.puzzle_emb_ndim > 0)
    checkRange(data.puzzle_identifiers, 0, config.num_puzzle_identifiers, 'puzzle_identifiers');
  const B = halted.length;
  const shape: [number, number] = [B, config.seq_len];
  const owned = tf.tidy(() => {
    const fresh = tf.tensor3d(halted, [B, 1, 1], 'bool');
    const reset = (z: tf.Tensor3D, name: string) =>
      tf.where(fresh, tf.reshape(buffers.get(name) as tf.Tensor, [1, 1, -1]) as tf.Tensor3D, z);
    const ids = tf.tensor1d(data.puzzle_identifiers, 'int32');
    return {
      z_H: reset(carry.z_H, 'inner.H_init'),
      z_L: reset(carry.z_L, 'inner.L_init'),
      tokens: tf.tensor2d(data.inputs, shape, 'int32'),
      labels: tf.tensor2d(data.labels, shape, 'int32'),
      ...(config.puzzle_emb_ndim > 0 ? { puzzle: puzzleRows(core, ids) } : {}),
    };
  });
  return {
    states: { z_H: owned.z_H, z_L: owned.z_L },
    steps: carry.steps.map((n, i) => (halted[i] ? 0 : n) + 1),
    data,
    input: { tokens: owned.tokens, puzzle: owned.puzzle },
    labels: owned.labels,
    dispose: () => tf.dispose(owned),
  };
}

/** Whether this call bootstraps a target for q_continue from a further pass. */
export function learnsContinue(config: CoreConfig, training: boolean): boolean {
  return training && config.halt_max_steps > 1 && !config.no_ACT_continue;
}

export interface SegmentOutput extends CoreOutput {
  /** What q_continue should be after the sigmoid, `[B]`; only where `learnsContinue`. */
  readonly targetContinue?: tf.Tensor1D;
}

/**
 * One pass and, where continuing is learnt, its Q-learning target: the value of the best choice after one
 * more pass, or of halting if this call is the sequence's last. The target is outside the gradient.
 */
export function runSegment(core: Core, call: StartedCall, training: boolean): SegmentOutput {
  const output = forward(core, call.states, call.input);
  if (!learnsContinue(core.config, training)) return output;
  const targetContinue = withoutGradient(() => {
    const next = forward(core, output, call.input);
    const last = tf.tensor1d(lastCalls(core.config, call.steps), 'bool');
    return tf.sigmoid(
      tf.where(last, next.qHalt, tf.maximum(next.qHalt, next.qContinue)),
    ) as tf.Tensor1D;
  });
  return { ...output, targetContinue };
}

function lastCalls(config: CoreConfig, steps: Int32Array): Uint8Array {
  return Uint8Array.from(steps, (n) => (n >= config.halt_max_steps ? 1 : 0));
}

/** Decides which sequences are done after a call, `[B]`. */
export function haltedAfter(
  config: CoreConfig,
  steps: Int32Array,
  qHalt: Float32Array,
  qContinue: Float32Array,
  { training, random }: CallOptions,
): Uint8Array {
  const halted = lastCalls(config, steps);
  const limit = config.halt_max_steps;
  if (!training || limit <= 1) return halted;
  const explore = config.halt_exploration_prob;
  if (explore > 0 && !random)
    throw new Error('random: missing, expected a source for halt_exploration_prob above 0');
  return halted.map((last, i) => {
    const wants = qHalt[i] > (config.no_ACT_continue ? 0 : qContinue[i]);
    // Exploration: sometimes a sequence has to go on for a random number of calls (2 to the limit).
    const least = random && random() < explore ? 2 + Math.floor(random() * (limit - 1)) : 0;
    return (last || wants) && steps[i] >= least ? 1 : 0;
  });
}

export interface CallOutputs {
  /** `[B, seq_len, vocab_size]` */
  readonly logits: tf.Tensor3D;
  readonly q_halt_logits: Float32Array;
  readonly q_continue_logits: Float32Array;
  readonly target_q_continue?: Float32Array;
}

/** Reads a segment's results back and closes the call. Takes over the segment's `z_H`, `z_L` and `logits`. */
export async function finishCall(
  core: Core,
  call: StartedCall,
  segment: SegmentOutput,
  options: CallOptions,
): Promise<{ carry: Carry; outputs: CallOutputs }> {
  const { z_H, z_L, logits, qHalt, qContinue, targetContinue } = segment;
  const [q_halt_logits, q_continue_logits, target_q_continue] = await Promise.all(
    [qHalt, qContinue, targetContinue].map(async (q) => (await q?.data()) as Float32Array),
  );
  tf.dispose([qHalt, qContinue]);
  targetContinue?.dispose();
  const halted = haltedAfter(core.config, call.steps, q_halt_logits, q_continue_logits, options);
  return {
    carry: { z_H, z_L, steps: call.steps, halted, current_data: call.data },
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
export async function callCore(
  core: Core,
  carry: Carry,
  batch: PuzzleBatch,
  options: CallOptions,
): Promise<{ carry: Carry; outputs: CallOutputs }> {
  const call = startCall(core, carry, batch);
  try {
    const segment = tf.tidy(() => ({ ...runSegment(core, call, options.training) }));
    return await finishCall(core, call, segment, options);
  } finally {
    call.dispose();
  }
}
