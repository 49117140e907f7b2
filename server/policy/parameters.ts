import { NUM_ACTIONS } from '../../shared/constants.ts';
import {
  GOAL_ROWS,
  OBJECT_ROWS,
  OBJECT_ROWS_MEMORY,
  STATE_ROWS,
  STATE_ROWS_MEMORY,
  WORD_ROWS,
} from './features.ts';
import { GOAL_OUTPUTS } from './goalHead.ts';
import type { PolicyConfig } from './presets.ts';
import { Random } from './random.ts';

/** One weight tensor: its name in checkpoints, its shape, and the spread of its initial values. */
export interface ParameterSpec {
  name: string;
  shape: number[];
  /** Standard deviation of the truncated normal it starts from; 0 starts at `start`. */
  std: number;
  start?: number;
}

/** Every weight of a policy, in checkpoint order. Linear weights are `[in, out]`. */
export function parameterSpecs(config: PolicyConfig): ParameterSpec[] {
  const { width: d, latents, innerWidth, encoderInnerWidth } = config;
  const state = latents * d;
  const linear = (name: string, from: number, to: number): ParameterSpec => ({
    name,
    shape: [from, to],
    std: 1 / Math.sqrt(from),
  });
  const swiglu = (name: string, inner: number) => [
    linear(`${name}.gate_up`, d, 2 * inner),
    linear(`${name}.down`, inner, d),
  ];
  const attention = (name: string) => [
    linear(`${name}.q`, d, d),
    linear(`${name}.kv`, d, 2 * d),
    linear(`${name}.o`, d, d),
  ];
  const specs: ParameterSpec[] = [
    { name: 'words.embedding', shape: [WORD_ROWS, d], std: 0.5 },
    ...attention('words.attention'),
    ...swiglu('words.mlp', encoderInnerWidth),
    {
      name: 'objects.embedding',
      shape: [config.memory ? OBJECT_ROWS_MEMORY : OBJECT_ROWS, d],
      std: 0.5,
    },
    ...attention('objects.attention'),
    ...swiglu('objects.mlp', encoderInnerWidth),
    {
      name: 'state.embedding',
      shape: [config.memory ? STATE_ROWS_MEMORY : STATE_ROWS, state],
      std: 0.15,
    },
    { name: 'goal.embedding', shape: [GOAL_ROWS, state], std: 0.3 },
  ];
  const stacks: [string, number][] = [['L', config.lLayers]];
  if (config.kind === 'hrm') stacks.push(['H', config.hLayers]);
  if (config.kind === 'gru') {
    specs.push(
      ...attention('L.0.attention'),
      linear('L.0.gru.input', d, 3 * d),
      linear('L.0.gru.state', d, 3 * d),
    );
    stacks.length = 0;
  }
  for (const [stack, layers] of stacks) {
    for (let layer = 0; layer < layers; layer++) {
      specs.push(
        ...attention(`${stack}.${layer}.attention`),
        ...swiglu(`${stack}.${layer}.mlp`, innerWidth),
      );
    }
  }
  const head = (name: string, from: number, to: number, std: number, start?: number) => [
    { name: `${name}.weight`, shape: [from, to], std },
    { name: `${name}.bias`, shape: [to], std: 0, start },
  ];
  // Zero heads: the untrained policy is uniform and its value 0, which PPO's first updates need.
  specs.push(
    ...head('action', state, NUM_ACTIONS, 0),
    ...head('value', 2 * state, 1, 0),
    ...head('goal', state, GOAL_OUTPUTS, 0.02),
    ...head('halt', 2 * state, 2, 0),
  );
  return specs;
}

export function parameterCount(config: PolicyConfig): number {
  return parameterSpecs(config).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
}

/** Fresh weights of all parameters, concatenated in the order of `parameterSpecs`. */
export function initialWeights(config: PolicyConfig, seed: number): Float32Array {
  const random = new Random(seed, 1);
  const weights = new Float32Array(parameterCount(config));
  let at = 0;
  for (const { shape, std, start } of parameterSpecs(config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    for (let i = 0; i < size; i++)
      weights[at++] = std > 0 ? std * random.truncatedNormal() : (start ?? 0);
  }
  return weights;
}

/**
 * Where z_H and z_L start in every episode: drawn once from a truncated normal and never learnt
 * (arXiv 2506.21734, section 2; the reference code's `H_init`, `L_init`). Length 2 × latents × width.
 */
export function initialCarry(config: PolicyConfig): { zH: Float32Array; zL: Float32Array } {
  const random = new Random(20250626, 2);
  const draw = () =>
    Float32Array.from({ length: config.latents * config.width }, () => random.truncatedNormal());
  return { zH: draw(), zL: draw() };
}
