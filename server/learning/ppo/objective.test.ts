import { beforeAll, expect, test } from '@jest/globals';
import { NUM_ACTIONS, VIEW_BYTES } from '../../../shared/constants.ts';
import { createEngine, type Engine } from '../../engine/index.ts';
import { forward } from '../../policy/forward.ts';
import { InputBuilder } from '../../policy/inputs.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { Policy, type Weights } from '../../policy/model.ts';
import { initialWeights, parameterSpecs, uploadWeights } from '../../policy/parameters.ts';
import { Random } from '../../policy/random.ts';
import { GOAL_FEATURES, GOAL_NONE, goalRows, NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { ObservationRows } from '../../tasks/babyai/observation.ts';
import { FIRST_TOKEN } from '../../tasks/babyai/targets.ts';
import { lossAndSlopes } from './fusedObjective.ts';
import { LOSS_STATS, type LossWeights, type Minibatch, type StartBatch } from './lossTypes.ts';
import { composedObjective, objective } from './objective.ts';

const B = 6;
let engine: Engine;
let model: Policy;
let weights: Weights;
let batch: Minibatch;

beforeAll(async () => {
  engine = await createEngine({ engine: 'wasm' });
  const config = { ...policyConfig('nano', 'hrm'), plannersCritic: true };
  model = new Policy(engine, config);
  const random = new Random(11);
  const flat = initialWeights(config, 2);
  for (const { name, offset, size } of parameterSpecs(config)) {
    if (!/^(action|value|halt|goal\.cells)/.test(name)) continue;
    for (let i = offset; i < offset + size; i++) flat[i] = 0.1 * random.normal();
  }
  weights = uploadWeights(engine, config, flat);
  const floats = (n: number, scale = 1) =>
    Float32Array.from({ length: n }, () => scale * random.normal());
  const newGoals = new Int32Array(3 * GOAL_FEATURES);
  for (let r = 0; r < 3; r++) goalRows(r, true, r, 2 * r, newGoals, r * GOAL_FEATURES);
  const reference = floats(B * NUM_ACTIONS).map(Math.exp);
  for (let i = 0; i < B; i++) {
    const row = reference.subarray(i * NUM_ACTIONS, (i + 1) * NUM_ACTIONS);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let a = 0; a < NUM_ACTIONS; a++) row[a] /= sum;
  }
  const images = new Uint8Array(B * VIEW_BYTES).map((_, i) =>
    i % 3 === 0 ? [1, 2, 5, 6, 7][random.below(5)] : i % 3 === 1 ? random.below(6) : 0,
  );
  const rows = new ObservationRows(B);
  for (let i = 0; i < B; i++) {
    rows.write(i, {
      image: images,
      offset: i * VIEW_BYTES,
      direction: 0,
      previousAction: -1,
      mission: 'go to the red ball',
    });
  }
  batch = {
    inputs: new InputBuilder().build(rows),
    zH: floats(B * 256),
    zL: floats(B * 256),
    goals: new Int32Array(B * GOAL_FEATURES).fill(-1),
    replanned: Uint8Array.of(1, 0, 1, 0, 0, 1),
    newGoals,
    actions: Int32Array.of(0, 1, 2, 3, 4, 5),
    oldLogProbs: Float32Array.of(-1.2, -2.5, -1.9, -0.4, -3, -2),
    advantages: floats(B),
    returns: floats(B, 3),
    reference,
    expertActions: Int32Array.of(2, -1, 0, 1, 6, -1),
    // A token, no label, a cell.
    expertSubgoals: Int32Array.of(1, -1, 4),
    expertTargets: Int32Array.of(FIRST_TOKEN + 1, -1, 7),
    keptGoalRight: Int8Array.of(-1, 1, 0, 1, -1, 0),
    planner: {
      // No choice, kept, anew, kept, no choice, anew.
      gates: Int8Array.of(-1, 1, 0, 1, -1, 0),
      gateLogProbs: Float32Array.of(0, -0.6, -0.9, -1.4, 0, -0.7),
      gateAdvantages: floats(B),
      returns: floats(B, 3),
      // A token, nothing drawn, a cell.
      subgoals: Int32Array.of(2, -1, 0),
      targets: Int32Array.of(FIRST_TOKEN, -1, 30),
      goalLogProbs: Float32Array.of(-7.4, 0, -6.9),
      goalAdvantages: Float32Array.of(1.3, 0, -0.8),
      startGates: Float32Array.of(0, -0.5, -1, -0.8, 0, -0.4),
      startGoals: Float32Array.of(-6.5, 0, -7.5),
    },
  };
  batch.start = startOf(random);
});

/** What a starting policy would do in the second, third, and last of the samples. */
function startOf(random: Random): StartBatch {
  const shares = (length: number) => {
    const some = Float32Array.from({ length }, () => Math.exp(random.normal()));
    const sum = sumOf(Array.from(some));
    return some.map((x) => x / sum);
  };
  const rows = (count: number, length: number) =>
    Float32Array.from(Array.from({ length: count }, () => Array.from(shares(length))).flat());
  const { tokens } = batch.inputs;
  const targets = [2, 5].map((sample) => {
    const row = shares(FIRST_TOKEN + tokens[sample * 4 + 1]);
    // Only a finished mission aims at nothing.
    row[GOAL_NONE] = 0;
    const sum = sumOf(Array.from(row));
    return row.map((x) => x / sum);
  });
  return {
    pulled: Uint8Array.of(0, 1, 1, 0, 0, 1),
    actions: rows(B, NUM_ACTIONS),
    keeps: Float32Array.of(-1, 0.3, 0.8, -1, -1, -1),
    subgoals: rows(3, NUM_SUBGOALS),
    asked: Int32Array.of(-1, 2, 0),
    targets: [undefined, ...targets],
  };
}

const WEIGHTS: LossWeights = {
  policy: 1,
  cloning: 0.7,
  value: 0.5,
  valueShare: 1,
  entropy: 0.02,
  reference: 0.3,
  pull: 0.9,
  goal: 0.4,
  planner: 0.6,
  clip: 0.2,
};
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The same sums, written out over plain numbers. */
function written() {
  const { tf } = engine;
  const out = tf.tidy(() => {
    const { action, value, halt, goals, plannersValue } = forward(model, weights, batch);
    return {
      action: action.arraySync(),
      value: value.arraySync(),
      halt: halt.arraySync(),
      plannersValue: plannersValue!.arraySync(),
      goal: goals!.logits.arraySync(),
      query: goals!.query.arraySync(),
      keys: goals!.keys.arraySync(),
      subgoalQuery: goals!.subgoalQuery.arraySync(),
      subgoalCells: goals!.subgoalCells.arraySync(),
    };
  });
  const logSoftmax = (row: number[]) => {
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    return row.map((x) => x - total);
  };
  const logs = out.action.map(logSoftmax);
  const ratios = logs.map((row, i) => Math.exp(row[batch.actions[i]] - batch.oldLogProbs[i]));
  const policyLoss = -mean(
    ratios.map((ratio, i) => {
      const clipped = Math.min(Math.max(ratio, 0.8), 1.2);
      return Math.min(ratio * batch.advantages[i], clipped * batch.advantages[i]);
    }),
  );
  const entropy = mean(logs.map((row) => -row.reduce((sum, x) => sum + Math.exp(x) * x, 0)));
  const valueLoss = mean(out.value.map((v, i) => (v - batch.returns[i]) ** 2));
  const klReference = mean(
    logs.map((row, i) =>
      row.reduce((sum, x, a) => {
        const p = batch.reference![i * NUM_ACTIONS + a];
        return sum + p * (Math.log(p) - x);
      }, 0),
    ),
  );
  const labelled = [0, 2, 3, 4];
  const cloningLoss = mean(labelled.map((i) => -logs[i][batch.expertActions[i]]));
  const right = (row: number[], label: number) => (row.indexOf(Math.max(...row)) === label ? 1 : 0);
  const goals = [0, 2];
  const subgoals = goals.map((r) => logSoftmax(out.goal[r].slice(0, NUM_SUBGOALS)));
  const targetsOf = (r: number, subgoal: number) => {
    const sample = [0, 2, 5][r];
    const asked = out.query[r].map((q, i) => q + out.subgoalQuery[subgoal][i]);
    const cells = out.subgoalCells[subgoal].map((c, i) => c + out.goal[r][NUM_SUBGOALS + i]);
    // Only a finished mission aims at nothing.
    cells[GOAL_NONE] = Number.NEGATIVE_INFINITY;
    const [first, count] = batch.inputs.tokens.subarray(sample * 4);
    const tokens = out.keys
      .slice(first, first + count)
      .map((key) => key.reduce((sum, k, i) => sum + k * asked[i], 0) / 8);
    return logSoftmax([...cells, ...tokens]);
  };
  const targets = goals.map((r) => targetsOf(r, batch.expertSubgoals[r]));
  const labels = goals.map((r) => [batch.expertSubgoals[r], batch.expertTargets[r]]);
  const goalLoss = mean(
    labels.map(([subgoal, target], g) => -subgoals[g][subgoal] - targets[g][target]),
  );
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const known = [1, 2, 3, 5];
  const haltLoss = mean(
    known.flatMap((i) => {
      const right = batch.keptGoalRight[i];
      return [right, 1 - right].map((target, k) => {
        const p = sigmoid(out.halt[i][k]);
        return -(target * Math.log(p) + (1 - target) * Math.log(1 - p));
      });
    }),
  );
  const planner = writtenPlanner(
    goals.map((r) => {
      const [subgoal, target] = [batch.planner!.subgoals[r], batch.planner!.targets[r]];
      const logs = [subgoals[r === 0 ? 0 : 1], targetsOf(r, subgoal)];
      return { r, log: logs[0][subgoal] + logs[1][target], entropy: sumOf(logs.map(entropyOf)) };
    }),
    out.halt.map(([keep, think]) => keep - think),
  );
  const plannerValueLoss = mean(
    out.plannersValue.map((v, i) => (v - batch.planner!.returns[i]) ** 2),
  );
  const start = batch.start!;
  const divergence = (from: ArrayLike<number>, logs: number[]) =>
    sumOf(logs.map((x, i) => (from[i] > 0 ? from[i] * (Math.log(from[i]) - x) : 0)));
  const rowOf = (table: Float32Array, i: number, width: number) =>
    table.subarray(i * width, (i + 1) * width);
  const pulledActions = [1, 2, 5].map((i) =>
    divergence(rowOf(start.actions, i, NUM_ACTIONS), logs[i]),
  );
  const pulledKeeps = [1, 2].map((i) => {
    const keep = sigmoid(out.halt[i][0] - out.halt[i][1]);
    return divergence([start.keeps[i], 1 - start.keeps[i]], [Math.log(keep), Math.log(1 - keep)]);
  });
  const pulledGoals = [1, 2].map(
    (r) =>
      divergence(
        rowOf(start.subgoals, r, NUM_SUBGOALS),
        logSoftmax(out.goal[r].slice(0, NUM_SUBGOALS)),
      ) + divergence(start.targets[r]!, targetsOf(r, start.asked[r])),
  );
  const pull =
    (sumOf(pulledActions) + sumOf(pulledKeeps)) / 3 + Math.sqrt(2 / 3) * mean(pulledGoals);
  const kl = mean(ratios.map((ratio) => ratio - 1 - Math.log(ratio)));
  const clipFraction = mean(ratios.map((ratio) => (Math.abs(ratio - 1) > 0.2 ? 1 : 0)));
  const loss =
    policyLoss -
    0.02 * entropy +
    0.5 * 0.5 * valueLoss +
    0.3 * klReference +
    0.9 * pull +
    0.7 * cloningLoss +
    0.4 * Math.sqrt(3 / B) * goalLoss +
    0.4 * 0.5 * haltLoss +
    0.6 * (planner.plannerLoss + 0.3 * planner.plannerKlReference - 0.02 * planner.plannerEntropy) +
    0.5 * 0.5 * plannerValueLoss;
  return {
    loss,
    policyLoss,
    entropy,
    valueLoss,
    klReference: klReference + pull,
    cloningLoss,
    goalLoss,
    haltLoss,
    kl,
    clipFraction,
    actionHits: mean(labelled.map((i) => right(logs[i], batch.expertActions[i]))),
    subgoalHits: mean(labels.map(([subgoal], g) => right(subgoals[g], subgoal))),
    targetHits: mean(labels.map(([, target], g) => right(targets[g], target))),
    goalCount: goals.length / B,
    ...planner,
    plannerValueLoss,
  };
}

const sumOf = (values: number[]) => values.reduce((a, b) => a + b, 0);
const entropyOf = (logs: number[]) =>
  -sumOf(logs.map((x) => (Number.isFinite(x) ? Math.exp(x) * x : 0)));

/** The Planner's sums: of its goals, and of the logits of keeping one. */
function writtenPlanner(goals: { r: number; log: number; entropy: number }[], towards: number[]) {
  const planner = batch.planner!;
  const logSigmoid = (x: number) => -Math.log(1 + Math.exp(-x));
  const gates = [1, 2, 3, 5].map((i) => {
    const [x, flag] = [towards[i], planner.gates[i]];
    const p = Math.exp(logSigmoid(x));
    return {
      log: logSigmoid(flag === 1 ? x : -x),
      entropy: -p * Math.log(p) - (1 - p) * Math.log(1 - p),
      before: planner.gateLogProbs[i],
      start: planner.startGates![i],
      advantage: planner.gateAdvantages[i],
      share: 1 / B,
      klShare: 1 / 4,
    };
  });
  const decisions = [
    ...gates,
    ...goals.map(({ r, log, entropy }) => ({
      log,
      entropy,
      before: planner.goalLogProbs[r],
      start: planner.startGoals![r],
      advantage: planner.goalAdvantages[r],
      share: Math.sqrt(3 / B) / 2,
      klShare: 1 / 2,
    })),
  ];
  const over = (of: (decision: (typeof decisions)[0]) => number) => sumOf(decisions.map(of));
  return {
    plannerLoss: -over(({ log, before, advantage, share }) => {
      const ratio = Math.exp(log - before);
      return share * Math.min(ratio * advantage, Math.min(Math.max(ratio, 0.8), 1.2) * advantage);
    }),
    plannerEntropy: over(({ entropy, share }) => share * entropy),
    plannerKl: over(
      ({ log, before, klShare }) => klShare * (Math.exp(log - before) - 1 - (log - before)),
    ),
    plannerKlReference: over(({ log, start, share }) => share * 0.5 * (log - start) ** 2),
  };
}

/** The loss in one of its two forms, of a policy with weights `w`. */
const FORMS = {
  fused: objective,
  composed: (m: Policy, w: Weights, b: Minibatch, lossWeights: LossWeights) =>
    composedObjective(m, forward(m, w, b), b, lossWeights),
};

test.each(Object.keys(FORMS) as (keyof typeof FORMS)[])(
  'the %s loss and its parts are the written-out ones',
  (form) => {
    const { tf } = engine;
    const { loss, stats } = tf.tidy(() => {
      const result = FORMS[form](model, weights, batch, WEIGHTS);
      return { loss: result.loss.dataSync()[0], stats: result.stats.dataSync() };
    });
    const { loss: expectedLoss, ...expected } = written();
    expect(loss).toBeCloseTo(expectedLoss, 4);
    const named = (values: Iterable<[string, number]>) =>
      Object.fromEntries(Array.from(values, ([name, value]) => [name, value.toFixed(3)]));
    expect(named(LOSS_STATS.map((name, i) => [name, stats[i]]))).toEqual(
      named(Object.entries(expected)),
    );
  },
);

/** Whether a weight can get a gradient from these terms: heads that no term asks get none. */
function reaches(name: string, w: LossWeights): boolean {
  if (/^(goal|halt)\.(?!embedding)/.test(name)) return w.goal + w.planner + w.pull > 0;
  if (name.startsWith('value.planner')) return w.planner > 0 && w.value > 0;
  if (name.startsWith('action.')) return w.policy + w.cloning + w.reference + w.pull > 0;
  return !name.startsWith('value.') || w.value > 0;
}

test.each<[string, Partial<LossWeights>]>([
  ['all terms', {}],
  ['reward alone', { cloning: 0, goal: 0, reference: 0, pull: 0 }],
  ['reward for the Doer alone', { cloning: 0, goal: 0, reference: 0, pull: 0, planner: 0 }],
  ['reward for the Planner alone', { policy: 0, cloning: 0, goal: 0, value: 0, entropy: 0 }],
  ['the expert alone', { policy: 0, entropy: 0, reference: 0, planner: 0 }],
  [
    'the pull alone',
    { policy: 0, entropy: 0, reference: 0, cloning: 0, value: 0, planner: 0, goal: 0 },
  ],
  ['goals alone', { policy: 0, entropy: 0, reference: 0, cloning: 0, value: 0, planner: 0 }],
])('both forms measure the same and have the same gradients: %s', (_, some) => {
  const { tf } = engine;
  const lossWeights = { ...WEIGHTS, ...some };
  const names = Object.keys(weights).filter((name) => reaches(name, lossWeights));
  const slopesOf = (form: keyof typeof FORMS) => {
    let stats: number[] = [];
    const tensors = tf.tidy(() =>
      tf.grads((...values) => {
        const own = Object.fromEntries(names.map((name, i) => [name, values[i]]));
        const result = FORMS[form](model, { ...weights, ...own } as never, batch, lossWeights);
        stats = Array.from(result.stats.dataSync());
        return result.loss;
      })(names.map((name) => weights[name])),
    );
    return { stats, gradients: tensors.map((tensor) => tensor.dataSync()) };
  };
  const [fused, composed] = [slopesOf('fused'), slopesOf('composed')];
  fused.stats.forEach((value, i) => {
    expect([LOSS_STATS[i], Math.abs(value - composed.stats[i]) < 1e-4]).toEqual([
      LOSS_STATS[i],
      true,
    ]);
  });
  expect(fused.gradients.some((slope) => slope.some((x) => Math.abs(x) > 1e-3))).toBe(true);
  fused.gradients.forEach((slope, n) => {
    const other = composed.gradients[n];
    let worst = 0;
    for (let i = 0; i < slope.length; i++) worst = Math.max(worst, Math.abs(slope[i] - other[i]));
    expect(worst).toBeLessThan(2e-5);
  });
});

test('the pointer’s gradient is the slope of the loss', () => {
  const out = forward(model, weights, batch);
  const numbers = (tensor: { dataSync(): unknown }) => (tensor.dataSync() as Float32Array).slice();
  const goals = out.goals!;
  const outputs = {
    action: numbers(out.action),
    value: numbers(out.value),
    halt: numbers(out.halt),
    goals: {
      logits: numbers(goals.logits),
      query: numbers(goals.query),
      keys: numbers(goals.keys),
      subgoalQuery: numbers(goals.subgoalQuery),
      subgoalCells: numbers(goals.subgoalCells),
    },
  };
  const lossOf = () => lossAndSlopes(outputs, batch, WEIGHTS, out.samples).loss;
  const slopes = lossAndSlopes(outputs, batch, WEIGHTS, out.samples).goals!;
  for (const part of Object.keys(slopes) as (keyof typeof slopes)[]) {
    const values = outputs.goals[part];
    const steepest = [...slopes[part].keys()]
      .sort((a, b) => Math.abs(slopes[part][b]) - Math.abs(slopes[part][a]))
      .slice(0, 12);
    expect(Math.abs(slopes[part][steepest[0]])).toBeGreaterThan(1e-4);
    for (const i of steepest) {
      const [value, step] = [values[i], 0.01];
      values[i] = value + step;
      const above = lossOf();
      values[i] = value - step;
      const below = lossOf();
      values[i] = value;
      expect((above - below) / (2 * step)).toBeCloseTo(slopes[part][i], 4);
    }
  }
});

test('a policy without Planner learns to name goals where it is to, at every step, and acts on none of them', () => {
  const { tf } = engine;
  const everyStep = {
    ...{ ...batch, planner: undefined, start: undefined, newGoals: new Int32Array(0) },
    replanned: new Uint8Array(B),
    expertSubgoals: Int32Array.of(1, -1, 4, 0, 2, 3),
    expertTargets: Int32Array.of(FIRST_TOKEN + 1, -1, 7, FIRST_TOKEN, 9, FIRST_TOKEN + 1),
  };
  const policyThat = (auxiliaryGoals: boolean) => {
    const config = { ...policyConfig('nano', 'flat'), auxiliaryGoals };
    const own = uploadWeights(engine, config, initialWeights(config, 2));
    return { flat: new Policy(engine, config), own };
  };
  const { flat, own } = policyThat(true);
  const out = forward(flat, own, everyStep);
  expect(Array.from(out.samples)).toEqual([0, 1, 2, 3, 4, 5]);
  const names = ['goal.query', 'goal.query.subgoal', 'L.2.mlp.down'];
  const only = { ...WEIGHTS, policy: 0, cloning: 0, value: 0, reference: 0, planner: 0 };
  const [fused, composed] = (['fused', 'composed'] as const).map((form) =>
    tf
      .grads((...values) => {
        const changed = Object.fromEntries(names.map((name, i) => [name, values[i]]));
        return FORMS[form](flat, { ...own, ...changed } as never, everyStep, only).loss;
      })(names.map((name) => own[name]))
      .map((slope) => slope.dataSync()),
  );
  for (const [n, slope] of fused.entries()) {
    expect(Math.max(...slope.map(Math.abs))).toBeGreaterThan(1e-5);
    slope.forEach((x, i) => void expect(Math.abs(x - composed[n][i]) < 2e-5).toBe(true));
  }
  const silent = policyThat(false);
  const without = forward(silent.flat, silent.own, everyStep);
  expect(without.goals).toBeUndefined();
  expect(without.action.dataSync()).toEqual(out.action.dataSync());
});

test('an advantage beyond the clip range gives no gradient', () => {
  const { tf } = engine;
  const only: LossWeights = {
    policy: 1,
    cloning: 0,
    value: 0,
    valueShare: 1,
    entropy: 0,
    reference: 0,
    pull: 0,
    goal: 0,
    planner: 0,
    clip: 0.2,
  };
  const slope = (oldLogProb: number, advantage: number) => {
    const one = {
      ...batch,
      oldLogProbs: new Float32Array(B).fill(oldLogProb),
      advantages: new Float32Array(B).fill(advantage),
    };
    return tf.tidy(() => {
      const grad = tf.grad(
        (bias) => objective(model, { ...weights, 'action.bias': bias as never }, one, only).loss,
      );
      return tf.sum(tf.abs(grad(weights['action.bias']))).dataSync()[0];
    });
  };
  expect(slope(-20, 1)).toBe(0);
  expect(slope(-20, -1)).toBeGreaterThan(0);
  expect(slope(0, -1)).toBe(0);
});
