import { beforeAll, describe, expect, test } from '@jest/globals';
import { idleSetting, POLICY_KINDS, type PolicyKind } from '../../shared/config.ts';
import { VIEW_BYTES } from '../../shared/constants.ts';
import { createEngine, type Engine } from '../engine/index.ts';
import { GOAL_FEATURES } from '../tasks/babyai/features.ts';
import { Memory } from '../tasks/babyai/memory.ts';
import { ObservationRows } from '../tasks/babyai/observation.ts';
import { type ActRequest, act, writeGoal } from './act.ts';
import { PARAMETER_GROUPS } from './blocks.ts';
import { forward } from './forward.ts';
import { InputBuilder } from './inputs.ts';
import { policyConfig } from './kinds/index.ts';
import { Policy, type Weights } from './model.ts';
import {
  initialCarry,
  initialWeights,
  parameterCount,
  parameterSpecs,
  uploadWeights,
} from './parameters.ts';
import { Random } from './random.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'wasm' });
});

const BATCH = 5;

/** Weights with every head random: fresh ones are zero and would hide mistakes. */
function weightsOf(kind: PolicyKind, seed: number): Weights {
  const config = policyConfig('nano', kind);
  const flat = initialWeights(config, seed);
  const random = new Random(seed, 9);
  for (const { name, offset, size } of parameterSpecs(config)) {
    if (!/^(action|value|halt|goal)/.test(name)) continue;
    for (let i = offset; i < offset + size; i++) flat[i] = 0.1 * random.normal();
  }
  return uploadWeights(engine, config, flat);
}

function requestOf(model: Policy, seed: number): ActRequest {
  const random = new Random(seed);
  const images = new Uint8Array(BATCH * VIEW_BYTES);
  for (let i = 0; i < images.length; i += 3) {
    images[i] = [0, 1, 1, 1, 2, 4, 5, 6, 7][random.below(9)];
    images[i + 1] = random.below(6);
    images[i + 2] = images[i] === 4 ? random.below(3) : 0;
  }
  const missions = [
    'go to the red ball',
    'pick up a key',
    'go to the red ball',
    'open the blue door, then go to a box',
    'pick up a key',
  ];
  const observations = new ObservationRows(BATCH);
  for (const [i, mission] of missions.entries()) {
    const observation = {
      image: images,
      offset: i * VIEW_BYTES,
      direction: random.below(4),
      previousAction: random.below(8) - 1,
      mission,
    };
    const memory = new Memory();
    memory.begin(20, 20);
    const pose = { x: 10, y: 10, direction: observation.direction };
    memory.see(images, i * VIEW_BYTES, pose, 3);
    // What it sees later makes it remember the rest.
    memory.see(images, 0, { ...pose, direction: (pose.direction + 2) % 4 }, 4);
    memory.see(images, i * VIEW_BYTES, pose, 5);
    observations.write(i, observation, memory, pose);
  }
  const { zH, zL } = initialCarry(model.config);
  const repeat = (z: Float32Array) =>
    Float32Array.from(
      { length: BATCH * z.length },
      (_, i) => z[i % z.length] + 0.1 * random.normal(),
    );
  return {
    inputs: new InputBuilder().build(observations),
    zH: repeat(zH),
    zL: repeat(zL),
    goals: new Int32Array(BATCH * GOAL_FEATURES).fill(-1),
    replanning: Uint8Array.of(1, 2, 1, 2, 2),
  };
}

describe.each(POLICY_KINDS)('%s', (kind) => {
  test('what is learnt from is what was played: forward repeats act, and gradients reach every weight in use', async () => {
    const model = new Policy(engine, policyConfig('nano', kind));
    const weights = weightsOf(kind, 3);
    const request = requestOf(model, 1);
    const thought = await act(model, weights, request);
    expect(Array.from(thought.replanned)).toEqual(
      model.hasPlanner ? [1, 0, 1, 0, 0] : [0, 0, 0, 0, 0],
    );
    const planners = Array.from(thought.replanned.keys()).filter((i) => thought.replanned[i]);
    const newGoals = new Int32Array(planners.length * GOAL_FEATURES);
    planners.forEach((i, r) => {
      writeGoal(thought.subgoals[i], thought.places, i, newGoals, r * GOAL_FEATURES);
    });
    const { tf } = engine;
    const batch = { ...request, replanned: thought.replanned, newGoals };
    const out = tf.tidy(() => {
      const { action, value } = forward(model, weights, batch);
      return { probabilities: tf.softmax(action).dataSync(), value: value.dataSync() };
    });
    for (const [i, p] of out.probabilities.entries()) {
      expect(p).toBeCloseTo(thought.probabilities[i], 5);
    }
    for (const [i, v] of out.value.entries()) expect(v).toBeCloseTo(thought.values[i], 4);

    // A policy without a Planner announces no goals: its goal head is never asked.
    const names = Object.keys(weights).filter(
      (name) => model.hasPlanner || !/^goal\.(?!embedding)/.test(name),
    );
    const gradients = tf.tidy(() => {
      const loss = (...tensors: unknown[]) => {
        const given = Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as Weights;
        const result = forward(model, given, batch);
        const terms = [tf.sum(tf.square(result.action)), tf.sum(result.value), tf.sum(result.halt)];
        for (const tensor of Object.values(result.goals ?? {}))
          terms.push(tf.sum(tf.square(tensor)));
        return tf.addN(terms);
      };
      const found = tf.grads(loss as never)(names.map((name) => weights[name]));
      return found.map((gradient) => tf.sum(tf.abs(gradient)).dataSync()[0]);
    });
    const silent = names.filter((_, i) => gradients[i] === 0);
    expect(silent.filter((name) => model.hasPlanner || !name.startsWith('goal.'))).toEqual([]);
    tf.dispose(Object.values(weights));
  });

  test('has as many weights as it says, each in a place and a group of its own', () => {
    const config = policyConfig('nano', kind);
    const specs = parameterSpecs(config);
    expect(initialWeights(config, 1)).toHaveLength(parameterCount(config));
    expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
    specs.forEach(({ offset, size }, i) => {
      expect(specs[i + 1]?.offset ?? parameterCount(config)).toBe(offset + size);
    });
    expect(specs.filter(({ group }) => group === 'critic').map(({ name }) => name)).toEqual([
      'value.weight',
      'value.bias',
    ]);
    const groups = new Set(specs.map(({ group }) => group));
    expect(PARAMETER_GROUPS.filter((group) => !groups.has(group))).toEqual(
      specs.some(({ name }) => name.startsWith('H.')) ? [] : ['planner'],
    );
  });
});

test('only the last Doer iteration of a phase carries gradient', () => {
  const { tf } = engine;
  const weights = weightsOf('hrm', 5);
  const width = 4 * 64;
  const slope = (lCycles: number) => {
    const model = new Policy(engine, { ...policyConfig('nano', 'hrm'), lCycles });
    const request = requestOf(model, 2);
    return tf.tidy(() => {
      const context = model.encode(weights, request.inputs);
      const start = tf.tensor2d(request.zL, [BATCH, width]);
      const grad = tf.grad((z) =>
        tf.sum(
          tf.square(
            model.actionLogits(
              weights,
              model.doerPhase(
                weights,
                z as never,
                context.injection,
                context.tokens,
                context.spans,
              ),
            ),
          ),
        ),
      );
      return tf.sum(tf.abs(grad(start))).dataSync()[0];
    });
  };
  expect(slope(1)).toBeGreaterThan(0);
  // With two iterations the first runs without a tape: nothing leads back to where it began.
  expect(() => slope(2)).toThrow(/gradient/);
  tf.dispose(Object.values(weights));
});

test('thinking leaves no tensors behind', async () => {
  const model = new Policy(engine, policyConfig('nano', 'hrm'));
  const weights = weightsOf('hrm', 4);
  const request = requestOf(model, 6);
  await act(model, weights, request);
  const before = engine.tf.memory().numTensors;
  for (let i = 0; i < 20; i++) await act(model, weights, request);
  expect(engine.tf.memory().numTensors).toBe(before);
  engine.tf.dispose(Object.values(weights));
});

test.each(POLICY_KINDS)('settings of a Planner are refused for %s where it has none', (kind) => {
  const { hasPlanner } = new Policy(engine, policyConfig('nano', kind));
  const idle = idleSetting('ppo', kind, { plannerOnly: 1 });
  expect(idle === undefined).toBe(hasPlanner);
  expect(idleSetting('ppo', kind, { plannerOnly: 0 })).toBeUndefined();
});
