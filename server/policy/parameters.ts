import type { Rank, Tensor, Variable } from '@tensorflow/tfjs-core';
import { NUM_ACTIONS } from '../../shared/constants.ts';
import type { Engine } from '../engine/index.ts';
import {
  GOAL_ROWS,
  NUM_SUBGOALS,
  STATE_ROWS,
  STATE_ROWS_MEMORY,
  WORD_ROWS,
} from '../tasks/babyai/features.ts';
import { OBJECT_ROWS, OBJECT_ROWS_MEMORY } from '../tasks/babyai/objectTokens.ts';
import { FIRST_TOKEN } from '../tasks/babyai/targets.ts';
import { type ParameterSpec, Specs, type Weights } from './blocks.ts';
import { goalParameters } from './goals/goalHead.ts';
import { KINDS } from './kinds/index.ts';
import type { PolicyConfig } from './presets.ts';
import { Random } from './random.ts';

/** A weight tensor and its place in a flat array of all of them. */
export interface Parameter extends ParameterSpec {
  offset: number;
  size: number;
}

/** Every weight of a policy, in checkpoint order. */
export function parameterSpecs(config: PolicyConfig): Parameter[] {
  const { width, latents, encoderInnerWidth, memory } = config;
  const state = latents * width;
  const encoder = new Specs('encoder', config);
  // Zero heads: the untrained policy is uniform and its value 0, which PPO's first updates need.
  const specs = [
    encoder.embedding('words', WORD_ROWS, width, 0.5),
    ...encoder.attention('words.attention'),
    ...encoder.swiglu('words.mlp', encoderInnerWidth),
    ...encoder.attention('words.1.attention'),
    ...encoder.swiglu('words.1.mlp', encoderInnerWidth),
    encoder.embedding('objects', memory ? OBJECT_ROWS_MEMORY : OBJECT_ROWS, width, 0.5),
    ...encoder.attention('objects.attention'),
    ...encoder.swiglu('objects.mlp', encoderInnerWidth),
    encoder.embedding('state', memory ? STATE_ROWS_MEMORY : STATE_ROWS, state, 0.15),
    encoder.embedding('goal', GOAL_ROWS, state, 0.3),
    ...KINDS[config.kind].parameters(config),
    ...new Specs('actor', config).head('action', state, NUM_ACTIONS, 0),
    ...new Specs('critic', config).head('value', 2 * state, 1, 0),
    ...goalParameters(config),
    ...new Specs('halt', config).head('halt', 2 * state, 2, 0),
    // Last, so that weights without it begin like weights with it.
    ...(config.plannersCritic
      ? new Specs('critic', config).head(PLANNERS_VALUE, 2 * state, 1, 0)
      : []),
  ];
  let offset = 0;
  return specs.map((spec) => {
    const size = spec.shape.reduce((a, b) => a * b, 1);
    offset += size;
    return { ...spec, size, offset: offset - size };
  });
}

export function parameterCount(config: PolicyConfig): number {
  return parameterSpecs(config).reduce((sum, { size }) => sum + size, 0);
}

/** Name of the Planner's critic. */
export const PLANNERS_VALUE = 'value.planner';

/** The same policy with a critic for the Planner, which knows nothing yet; one that has it stays as it is. */
export function withPlannersCritic(
  config: PolicyConfig,
  weights: Float32Array,
): { config: PolicyConfig; weights: Float32Array } {
  const grown = { ...config, plannersCritic: true };
  const all = new Float32Array(parameterCount(grown));
  all.set(weights);
  return { config: grown, weights: all };
}

/**
 * What a Planner that learns from reward alone begins with, written into fresh weights: it keeps a goal for long, and
 * aims at things that it sees rather than at one of many more cells. Nobody would teach it either before its goals mean
 * something, and the Doer cannot learn to follow goals that change at every step.
 */
function addPlannersPrior(config: PolicyConfig, weights: Float32Array): void {
  const specs = parameterSpecs(config);
  const bias = (name: string) => {
    const spec = specs.find((one) => one.name === `${name}.bias`);
    if (!spec) throw new Error(`a policy without ${name}.bias`);
    return weights.subarray(spec.offset, spec.offset + spec.size);
  };
  bias('halt').set([KEEPING / 2, -KEEPING / 2]);
  bias('goal').fill(CELLS, NUM_SUBGOALS, NUM_SUBGOALS + FIRST_TOKEN);
}
/** Logit of keeping a goal: it is dropped at one step of twenty. */
const KEEPING = 3;
/** Logit of a cell beside that of a thing: all cells together are as likely as two or three things. */
const CELLS = -4;

/**
 * What a run from scratch begins with.
 * @param plannerLearns whether its Planner is to learn from reward
 */
export function freshPolicy(
  config: PolicyConfig,
  seed: number,
  plannerLearns: boolean,
): { config: PolicyConfig; weights: Float32Array } {
  const weights = initialWeights(config, seed);
  if (!plannerLearns || !KINDS[config.kind].planner) return { config, weights };
  addPlannersPrior(config, weights);
  return withPlannersCritic(config, weights);
}

/** Fresh weights of all parameters, concatenated in the order of `parameterSpecs`. */
export function initialWeights(config: PolicyConfig, seed: number): Float32Array {
  const random = new Random(seed, 1);
  const weights = new Float32Array(parameterCount(config));
  for (const { offset, size, std } of parameterSpecs(config))
    if (std > 0)
      for (let i = 0; i < size; i++) weights[offset + i] = std * random.truncatedNormal();
  return weights;
}

/** Puts flat weights on the engine; the caller disposes of them. */
export function uploadWeights({ tf }: Engine, config: PolicyConfig, flat: Float32Array): Weights {
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, shape, offset, size }) => [
      name,
      tf.tensor<Rank.R2>(flat.slice(offset, offset + size), shape as [number, number], 'float32'),
    ]),
  );
}

/** Flat values as variables of the engine, one for each parameter. */
export function createVariables(
  { tf }: Engine,
  specs: readonly Parameter[],
  flat: Float32Array,
  scope: string,
  trainable = true,
): Variable[] {
  return specs.map(({ name, shape, offset, size }) => {
    const initial = tf.tensor(flat.slice(offset, offset + size), shape, 'float32');
    const variable = tf.variable(initial, trainable, `${scope}.${name}`);
    initial.dispose();
    return variable;
  });
}

export function weightsByName(specs: readonly Parameter[], tensors: readonly Tensor[]): Weights {
  return Object.fromEntries(specs.map(({ name }, i) => [name, tensors[i] as Weights[string]]));
}

/**
 * Where z_H and z_L start in every episode: drawn once from a truncated normal and never learnt
 * (arXiv 2506.21734, section 2; the reference code's `H_init`, `L_init`). [latents·width] each.
 */
export function initialCarry(config: PolicyConfig): { zH: Float32Array; zL: Float32Array } {
  const random = new Random(20250626, 2);
  const draw = () =>
    Float32Array.from({ length: config.latents * config.width }, () => random.truncatedNormal());
  return { zH: draw(), zL: draw() };
}
