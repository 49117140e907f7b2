import type { Variable } from '@tensorflow/tfjs-core';
import type { EngineChoice } from '../../shared/config.ts';
import { VIEW_BYTES } from '../../shared/constants.ts';
import { type Choice, chooseEngine } from '../engine/choose.ts';
import {
  createEngine,
  type Engine,
  type Scalar,
  type Tensor,
  type Workload,
  type WorkloadSource,
} from '../engine/index.ts';
import { GOAL_FEATURES, goalRows } from '../tasks/babyai/features.ts';
import { ObservationRows } from '../tasks/babyai/observation.ts';
import { act } from './act.ts';
import { forward, type TrainInputs } from './forward.ts';
import { InputBuilder } from './inputs.ts';
import { Policy } from './model.ts';
import {
  createVariables,
  initialCarry,
  initialWeights,
  parameterSpecs,
  weightsByName,
} from './parameters.ts';
import type { PolicyConfig } from './presets.ts';
import { Random } from './random.ts';

/** What a policy of these sizes asks of an engine; see `createWorkload`. */
export const workloadOf = (config: PolicyConfig): WorkloadSource => ({
  module: import.meta.url,
  options: config,
});

/** The engine asked for; where that is `auto`, the one that is fastest with such a policy. */
export async function settleEngine(wanted: EngineChoice, config: PolicyConfig): Promise<Choice> {
  return wanted === 'auto'
    ? chooseEngine({ workload: workloadOf(config) })
    : { name: wanted, reason: 'named by --engine' };
}

export async function startEngine(wanted: EngineChoice, config: PolicyConfig): Promise<Engine> {
  return createEngine({ engine: (await settleEngine(wanted, config)).name });
}

/** Worlds that act together, and samples of one step; few where a CPU plays GPU or computes in plain JavaScript. */
const SIZES = { worlds: 32, samples: 128 };
const SLOW_SIZES = { worlds: 2, samples: 4 };
/** How often a sample is learnt from. */
const PASSES = 2;

/** A small update of a fresh policy on made-up observations: it acts, then learns from what it did. */
export function createWorkload(engine: Engine, config: PolicyConfig): Workload {
  const { tf } = engine;
  const slow = engine.software || engine.name === 'cpu';
  const { worlds, samples } = slow ? SLOW_SIZES : SIZES;
  const model = new Policy(engine, config);
  const specs = parameterSpecs(config);
  const variables = createVariables(engine, specs, initialWeights(config, 1), 'workload');
  const nothing = new Float32Array(specs.reduce((sum, { size }) => sum + size, 0));
  const [m, v] = ['m', 'v'].map((moment) =>
    createVariables(engine, specs, nothing, `workload.${moment}`, false),
  );
  const weights = weightsByName(specs, variables);
  const playing = madeUpBatch(model, worlds);
  const replanning = playing.replanned.map((flag) => (flag ? 1 : 2));
  const learning = madeUpBatch(model, samples);
  let steps = 0;
  return {
    samples,
    async step() {
      for (let played = 0; played < samples; played += worlds)
        await act(model, weights, { ...playing, replanning });
      for (let pass = 0; pass < PASSES; pass++) {
        const { value, grads } = tf.variableGrads(() => {
          const { action, value, halt, goals } = forward(model, weights, learning);
          const outputs: Tensor[] = [tf.logSoftmax(action), value, halt];
          if (goals) outputs.push(tf.logSoftmax(goals.logits), goals.query, goals.keys);
          return tf.addN(outputs.map((output) => tf.mean(tf.square(output)))) as Scalar;
        }, variables);
        // A policy without a Planner gives its goal head no gradient.
        const gradients = variables.map(
          (variable) => (grads[variable.name] as Tensor | undefined) ?? tf.zerosLike(variable),
        );
        steps++;
        await engine.adamStep(variables, gradients, m, v, { lr: 1e-4, step: steps });
        tf.dispose([value, ...gradients]);
      }
    },
    dispose: () => tf.dispose([...variables, ...m, ...v] satisfies Variable[]),
  };
}

/** Random views with some objects, four sentences; every third sample replans where there is a Planner. */
function madeUpBatch(model: Policy, size: number): TrainInputs {
  const { config, hasPlanner } = model;
  const random = new Random(3);
  const missions = [
    'go to the red ball',
    'pick up a key',
    'open the blue door, then go to a box',
    'put the green box next to the yellow key',
  ];
  const observations = new ObservationRows(size);
  const image = new Uint8Array(VIEW_BYTES);
  for (let i = 0; i < size; i++) {
    for (let cell = 0; cell < VIEW_BYTES; cell += 3) {
      image[cell] = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 5, 6, 7, 4][random.below(14)];
      image[cell + 1] = random.below(6);
    }
    const mission = missions[i % missions.length];
    const direction = random.below(4);
    observations.write(i, { image, offset: 0, direction, previousAction: -1, mission });
  }
  const replanned = new Uint8Array(size).map((_, i) => (hasPlanner && i % 3 === 0 ? 1 : 0));
  const newGoals = new Int32Array(hasPlanner ? Math.ceil(size / 3) * GOAL_FEATURES : 0);
  for (let at = 0; at < newGoals.length; at += GOAL_FEATURES)
    goalRows(0, true, random.below(13) - 6, random.below(13) - 6, newGoals, at);
  const carry = initialCarry(config);
  const repeated = (z: Float32Array) =>
    Float32Array.from({ length: size * z.length }, (_, i) => z[i % z.length]);
  return {
    inputs: new InputBuilder().build(observations),
    zH: repeated(carry.zH),
    zL: repeated(carry.zL),
    goals: new Int32Array(size * GOAL_FEATURES).fill(-1),
    replanned,
    newGoals,
  };
}
