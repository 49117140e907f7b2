import * as tf from '@tensorflow/tfjs-core';
import type { Ops } from '../../engine/types.ts';
import type { TensorMap } from '../checkpoint/index.ts';
import { expectWeights } from '../checkpoint/index.ts';
import {
  type BlockContext,
  type BlockWeights,
  linear,
  prepareLayers,
  reasoningModule,
  rotaryTables,
} from './blocks.ts';
import { bufferShapes, type PaperConfig, parameterShapes, totalLength } from './config.ts';
import {
  flatPass,
  type Held,
  heldRecursion,
  hrmRecursion,
  type ModuleStep,
  type States,
  trmRecursion,
} from './recursion.ts';

/** HRM or TRM with its weights on the current tfjs backend. */
export interface PaperModel {
  readonly config: PaperConfig;
  /** Trained weights by their reference names; variables, so that an optimiser may change them in place. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Initial states `H_init`, `L_init` `[D]`, and the puzzle embedding's table if there is one. */
  readonly buffers: ReadonlyMap<string, tf.Tensor>;
  readonly planner: readonly BlockWeights[];
  readonly doer: readonly BlockWeights[];
  readonly context: BlockContext;
  dispose(): void;
}

/** A weight with two axes. */
function matrix(parameters: ReadonlyMap<string, tf.Variable>, name: string): tf.Tensor2D {
  // Cast: `createPaperModel` has checked that it is there and has its shape.
  return parameters.get(name) as unknown as tf.Tensor2D;
}

function blocksOf(
  get: (name: string) => tf.Tensor2D,
  level: 'H' | 'L',
  layers: number,
  tokens: boolean,
): BlockWeights[] {
  return Array.from({ length: layers }, (_, i) => {
    const prefix = `inner.${level}_level.layers.${i}`;
    return {
      mixer: tokens
        ? {
            kind: 'tokens',
            gateUp: get(`${prefix}.mlp_t.gate_up_proj.weight`),
            down: get(`${prefix}.mlp_t.down_proj.weight`),
          }
        : {
            kind: 'attention',
            qkv: get(`${prefix}.self_attn.qkv_proj.weight`),
            out: get(`${prefix}.self_attn.o_proj.weight`),
          },
      gateUp: get(`${prefix}.mlp.gate_up_proj.weight`),
      down: get(`${prefix}.mlp.down_proj.weight`),
    };
  });
}

/**
 * Puts weights (from `initWeights`, `loadReferenceWeights` or a checkpoint) on the current backend.
 * @param ops fused operations of the engine that the backend belongs to, if there are any.
 * @throws CheckpointError naming a weight that is missing or does not fit the configuration.
 */
export function createPaperModel(config: PaperConfig, weights: TensorMap, ops?: Ops): PaperModel {
  const shapes = parameterShapes(config);
  expectWeights(weights, new Map([...shapes, ...bufferShapes(config)]));
  const upload = (name: string, shape: readonly number[]) =>
    tf.tensor(weights.get(name)?.data as Float32Array, [...shape], 'float32');
  const parameters = new Map<string, tf.Variable>();
  for (const [name, shape] of shapes) {
    const value = upload(name, shape);
    parameters.set(name, tf.variable(value, true));
    value.dispose();
  }
  const buffers = new Map<string, tf.Tensor>();
  for (const [name, shape] of bufferShapes(config)) buffers.set(name, upload(name, shape));
  const rotary =
    config.posEncodings === 'rope'
      ? rotaryTables(totalLength(config), config.width / config.heads, config.ropeTheta)
      : null;
  const get = (name: string) => matrix(parameters, name);
  return {
    config,
    parameters,
    buffers,
    planner: blocksOf(get, 'H', config.hLayers, config.mixTokensByMlp),
    doer: blocksOf(get, 'L', config.lLayers, config.mixTokensByMlp),
    context: { heads: config.heads, eps: config.rmsNormEps, rotary, ops },
    dispose() {
      tf.dispose([...parameters.values(), ...buffers.values()]);
      if (rotary) tf.dispose([rotary.cos, rotary.sin]);
    },
  };
}

/** Rows of an embedding table for integer ids, `[...ids.shape, width]`. */
function embed(ids: tf.Tensor, table: tf.Tensor2D): tf.Tensor {
  // One-hot times table, because the gradient of a gather is missing on the wasm backend.
  const [rows, width] = table.shape;
  const hot = tf.oneHot(tf.reshape(ids, [-1]) as tf.Tensor1D, rows);
  // The table turned twice, into a tensor of its own, for the reason that `linear` gives.
  const picked = tf.matMul(
    tf.cast(hot, 'float32') as tf.Tensor2D,
    tf.transpose(table),
    false,
    true,
  );
  return tf.reshape(picked, [...ids.shape, width]);
}

/** The puzzle embedding's rows `[B, puzzleWidth]` for identifiers `[B]`, outside any gradient. */
export function puzzleRows(model: PaperModel, identifiers: tf.Tensor1D): tf.Tensor2D {
  const table = model.buffers.get('inner.puzzle_emb.weights') as tf.Tensor2D;
  return tf.tidy(() => embed(identifiers, table) as tf.Tensor2D);
}

/** What one pass works on, as tensors. */
export interface PaperInput {
  /** Token ids `[B, seqLen]`, int32. */
  readonly tokens: tf.Tensor2D;
  /** `[B, puzzleWidth]` where the configuration has a puzzle embedding. */
  readonly puzzle?: tf.Tensor2D;
}

/** Token, puzzle and learned position embeddings, scaled: `[B, S, D]` with S = puzzle tokens + sequence. */
export function inputEmbeddings(model: PaperModel, { tokens, puzzle }: PaperInput): tf.Tensor3D {
  const { config, parameters } = model;
  const D = config.width;
  const table = matrix(parameters, 'inner.embed_tokens.embedding_weight');
  let x = embed(tokens, table) as tf.Tensor3D;
  if (puzzle) {
    // [B, ndim] -> zero-padded [B, P·D] -> [B, P, D], in front of the sequence
    const missing = config.puzzleTokens * D - config.puzzleWidth;
    const padded = tf.pad(puzzle, [
      [0, 0],
      [0, missing],
    ]);
    x = tf.concat([tf.reshape(padded, [-1, config.puzzleTokens, D]) as tf.Tensor3D, x], 1);
  }
  const positions = parameters.get('inner.embed_pos.embedding_weight');
  // A sum of two embeddings, brought back to the variance of one.
  if (positions) x = tf.mul(Math.SQRT1_2, tf.add(x, positions));
  return tf.mul(Math.sqrt(D), x);
}

export interface PaperOutput extends States {
  /** `[B, seqLen, vocabSize]` */
  readonly logits: tf.Tensor3D;
  /** Q-values before the sigmoid, `[B]` each. */
  readonly qHalt: tf.Tensor1D;
  readonly qContinue: tf.Tensor1D;
}

/**
 * One pass of the network (one ACT segment): hCycles · lCycles updates from the states given, of
 * which only the last (HRM) or those of the last cycle (TRM) carry gradient; a flat stack has one pass and no states.
 * @param held modules that keep their state, without any gradient; a flat stack has none to hold
 */
export function forward(
  model: PaperModel,
  carry: States,
  input: PaperInput,
  held?: Held,
): PaperOutput {
  const { config, context, parameters } = model;
  const x = inputEmbeddings(model, input);
  const moduleOf = (weights: readonly BlockWeights[]): ModuleStep => {
    const layers = prepareLayers(weights, context);
    return (state, injection) => reasoningModule(state, injection, layers);
  };
  const doer = moduleOf(model.doer);
  const plain = (): States =>
    ({
      hrm: () => hrmRecursion(carry, x, moduleOf(model.planner), doer, config),
      trm: () => trmRecursion(carry, x, doer, config),
      flat: () => flatPass(carry, x, doer),
    })[config.arch]();
  const withHeld = (which: Held) => {
    const planner = config.arch === 'hrm' ? moduleOf(model.planner) : doer;
    return heldRecursion(carry, x, planner, doer, config, which);
  };
  const states: States & { readonly read?: tf.Tensor3D } =
    held && config.arch !== 'flat' ? withHeld(held) : plain();
  const { zH, zL, read = zH } = states;
  const answer = tf.slice(read, [0, config.puzzleTokens, 0], [-1, config.seqLen, -1]);
  const logits = linear(answer, matrix(parameters, 'inner.lm_head.weight'));
  const first = tf.reshape(tf.slice(read, [0, 0, 0], [-1, 1, -1]), [-1, config.width]);
  const q = tf.add(
    linear(first as tf.Tensor2D, matrix(parameters, 'inner.q_head.weight')),
    parameters.get('inner.q_head.bias') as tf.Variable,
  );
  const [qHalt, qContinue] = tf.split(q, 2, -1).map((column) => tf.reshape(column, [-1]));
  return { zH, zL, logits, qHalt: qHalt as tf.Tensor1D, qContinue: qContinue as tf.Tensor1D };
}
