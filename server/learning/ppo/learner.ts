import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TrainSettings } from '../../../shared/config.ts';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { Engine } from '../../engine/index.ts';
import { PARAMETER_GROUPS, type ParameterGroup } from '../../policy/blocks.ts';
import { forward } from '../../policy/forward.ts';
import { InputBuilder } from '../../policy/inputs.ts';
import { Policy, type Weights } from '../../policy/model.ts';
import {
  createVariables,
  type Parameter,
  parameterCount,
  parameterSpecs,
  weightsByName,
} from '../../policy/parameters.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import { Random } from '../../policy/random.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Collective } from '../workers/collective.ts';
import { generalizedAdvantages } from './gae.ts';
import { LOSS_STATS, type LossWeights, type Minibatch } from './lossTypes.ts';
import { minibatchOf } from './minibatch.ts';
import { objective } from './objective.ts';
import { plannersAdvantages } from './plannersAdvantages.ts';
import { startOfPlanner } from './startOfPlanner.ts';

export type LossStat = (typeof LOSS_STATS)[number];
export type UpdateStats = Record<LossStat, number> & {
  gradNorm: number;
  explainedVariance: number;
  /** Minibatches learnt from. */
  minibatches: number;
  /** True where the loss or its gradient was not finite: the weights are those of before the update. */
  diverged: boolean;
};

/** Weights and optimiser of a learner. */
export interface LearnerRecord {
  weights: Float32Array;
  adamM: Float32Array;
  adamV: Float32Array;
  adamSteps: number;
}

/** How an update learns: from reward (PPO), from the expert (cloning), or from the policy's own best attempts. */
export type Mode = 'ppo' | 'clone' | 'self-cloning';

/** One worker's share of the learner: the same weights everywhere, gradients summed over the workers. */
export class Learner {
  readonly model: Policy;
  readonly size: number;
  readonly random: Random;
  private readonly collective: Collective;
  private readonly specs: readonly Parameter[];
  private readonly variables: Variable[];
  private readonly gradients: Variable[];
  private readonly firstMoments: Variable[];
  private readonly secondMoments: Variable[];
  /** Optimiser steps taken. */
  private steps = 0;
  private readonly byName: Weights;
  private readonly builder = new InputBuilder();
  private reference: Weights | undefined;

  constructor(
    engine: Engine,
    config: PolicyConfig,
    weights: Float32Array,
    seed: number,
    collective: Collective,
  ) {
    this.model = new Policy(engine, config);
    this.collective = collective;
    this.specs = parameterSpecs(config);
    this.size = parameterCount(config);
    this.random = new Random(seed, 1000 + collective.rank);
    this.variables = this.variablesOf(weights, 'policy');
    this.byName = weightsByName(this.specs, this.variables);
    const zeros = new Float32Array(this.size);
    this.gradients = this.variablesOf(zeros, 'gradient', false);
    this.firstMoments = this.variablesOf(zeros, 'adam.m', false);
    this.secondMoments = this.variablesOf(zeros, 'adam.v', false);
  }

  get weights(): Weights {
    return this.byName;
  }

  /** Sets the weights that the policy is to stay near. */
  setReference(weights: Float32Array): void {
    const variables = this.variablesOf(weights, 'reference', false);
    this.reference = weightsByName(this.specs, variables);
  }

  /** Weights and optimiser as they are now. */
  async record(): Promise<LearnerRecord> {
    const read = async (tensors: Variable[]) => {
      const flat = new Float32Array(this.size);
      await this.model.engine.readFlatAsync(tensors, flat);
      return flat;
    };
    return {
      weights: await read(this.variables),
      adamM: await read(this.firstMoments),
      adamV: await read(this.secondMoments),
      adamSteps: this.steps,
    };
  }

  restore(record: LearnerRecord): void {
    const { engine } = this.model;
    engine.writeFlat(this.variables, record.weights);
    engine.writeFlat(this.firstMoments, record.adamM);
    engine.writeFlat(this.secondMoments, record.adamV);
    this.steps = record.adamSteps;
  }

  /**
   * One update: advantages, then some passes over the rollout in shuffled minibatches.
   * @param updates how many were done before, for the value warm-up
   */
  async update(
    rollout: Rollout,
    settings: TrainSettings,
    mode: Mode,
    updates: number,
  ): Promise<UpdateStats> {
    this.advantages(rollout, settings);
    const planner = mode === 'ppo' && learnsByReward(this.model, settings);
    if (planner) plannersAdvantages(rollout, settings, this.collective);
    const pullsBack = mode === 'ppo' && settings.klWeight > 0 && this.reference !== undefined;
    if (pullsBack) await this.referenceProbabilities(rollout, planner);
    const warmingUp =
      mode === 'ppo' && this.reference !== undefined && updates < settings.valueWarmup;
    const weights = lossWeights(settings, mode, warmingUp);
    const before = await this.record();
    const sums = new Float32Array(LOSS_STATS.length);
    const gradient = new Float32Array(this.size);
    const measured = new Float32Array(LOSS_STATS.length);
    const trained = warmingUp ? (['critic'] as const) : groupsOf(settings, mode);
    const order = Int32Array.from({ length: rollout.size }, (_, i) => i);
    const each = Math.ceil(rollout.size / settings.minibatches);
    let count = 0;
    let gradNorm = 0;
    let diverged = false;
    for (let epoch = 0; epoch < settings.epochs && !diverged; epoch++) {
      this.random.shuffle(order);
      let epochKl = 0;
      for (let from = 0; from < rollout.size && !diverged; from += each) {
        const batch = minibatchOf(
          rollout,
          order.subarray(from, from + each),
          this.builder,
          pullsBack,
          planner,
        );
        this.collective.pace.reach();
        const norm = await this.learn(batch, weights, settings, trained, gradient, measured);
        diverged = !Number.isFinite(norm);
        if (diverged) break;
        for (let s = 0; s < sums.length; s++) sums[s] += measured[s];
        epochKl += measured[LOSS_STATS.indexOf('kl')];
        gradNorm += norm;
        count++;
      }
      if (mode === 'ppo' && epochKl / settings.minibatches > settings.targetKl) break;
    }
    if (diverged) this.restore(before);
    const stats = Object.fromEntries(
      LOSS_STATS.map((name, s) => [name, sums[s] / Math.max(1, count)]),
    ) as Record<LossStat, number>;
    return {
      ...stats,
      gradNorm: gradNorm / Math.max(1, count),
      explainedVariance: this.explainedVariance(rollout),
      minibatches: count,
      diverged,
    };
  }

  /** Sum of a number over all workers. Every worker must call it. */
  total(value: number): number {
    const sum = Float32Array.of(value);
    this.collective.sum(sum);
    return sum[0];
  }

  /** The statistics of an update in which there was nothing to learn from. */
  nothingLearnt(): UpdateStats {
    const zeros = Object.fromEntries(LOSS_STATS.map((name) => [name, 0]));
    return {
      ...(zeros as Record<LossStat, number>),
      ...{ gradNorm: 0, explainedVariance: 0, minibatches: 0, diverged: false },
    };
  }

  /**
   * Some passes over samples whose labels are what the policy itself decided when it did best: cross-entropy on action,
   * goal and halting, and the pull to the start. Every worker must call it, also one without samples.
   * @param order entries of the rollout to learn from
   */
  async imitate(
    rollout: Rollout,
    order: Int32Array,
    settings: TrainSettings,
  ): Promise<UpdateStats> {
    const pullsBack = settings.klWeight > 0 && this.reference !== undefined;
    if (pullsBack) await this.referenceProbabilities(rollout, false);
    const weights = lossWeights(settings, 'self-cloning', false);
    const before = await this.record();
    const sums = new Float32Array(LOSS_STATS.length);
    const gradient = new Float32Array(this.size);
    const measured = new Float32Array(LOSS_STATS.length);
    const parts = Math.max(1, Math.round(this.total(order.length) / IMITATED));
    let count = 0;
    let gradNorm = 0;
    let diverged = false;
    for (let epoch = 0; epoch < settings.epochs && !diverged; epoch++) {
      this.random.shuffle(order);
      for (let part = 0; part < parts && !diverged; part++) {
        this.collective.pace.reach();
        const from = Math.floor((part * order.length) / parts);
        const rows = order.subarray(from, Math.floor(((part + 1) * order.length) / parts));
        const all = this.total(rows.length);
        if (all === 0) continue;
        const batch =
          rows.length > 0 ? minibatchOf(rollout, rows, this.builder, pullsBack) : undefined;
        const share = (rows.length * this.collective.size) / all;
        const norm = await this.learn(
          ...([batch, weights, settings, PARAMETER_GROUPS, gradient, measured, share] as const),
        );
        diverged = !Number.isFinite(norm);
        if (diverged) break;
        for (let s = 0; s < sums.length; s++) sums[s] += measured[s];
        gradNorm += norm;
        count++;
      }
    }
    if (diverged) this.restore(before);
    const stats = LOSS_STATS.map((name, s) => [name, sums[s] / Math.max(1, count)]);
    return {
      ...(Object.fromEntries(stats) as Record<LossStat, number>),
      ...{ gradNorm: gradNorm / Math.max(1, count), explainedVariance: 0, minibatches: count },
      diverged,
    };
  }

  /**
   * One step along the mean of all workers' gradients of a minibatch, in the weights of some groups.
   * @param flat scratch for the gradient, [size]
   * @param measured receives the means of the loss's statistics
   * @param share weight of this worker's samples in the mean, where workers have unequally many
   * @returns the gradient's norm before clipping; not finite means that nothing changed
   */
  private async learn(
    batch: Minibatch | undefined,
    weights: LossWeights,
    settings: TrainSettings,
    trained: readonly ParameterGroup[],
    flat: Float32Array,
    measured: Float32Array,
    share = 1,
  ): Promise<number> {
    const { engine } = this.model;
    const { stats, gradients } = batch
      ? this.differentiate(batch, weights)
      : {
          stats: engine.tf.zeros([LOSS_STATS.length]),
          gradients: this.gradients.map(() => undefined),
        };
    const wanted = (i: number) => trained.includes(this.specs[i].group);
    let applied: readonly Tensor[] = this.gradients;
    try {
      await engine.readFlatAsync([stats], measured);
      if (engine.inMemory || this.collective.size > 1) {
        await this.readGradients(gradients, flat);
        if (share !== 1) {
          for (let i = 0; i < flat.length; i++) flat[i] *= share;
          for (let s = 0; s < measured.length; s++) measured[s] *= share;
        }
        this.collective.mean(flat, measured);
        for (const [i, { offset, size }] of this.specs.entries())
          if (!wanted(i)) flat.fill(0, offset, offset + size);
        engine.writeFlat(this.gradients, flat);
      } else {
        // A GPU works alone and keeps its gradients: moving them takes longer than the step. `this.gradients` stays zero.
        applied = this.gradients.map((zero, i) => (wanted(i) && gradients[i]) || zero);
      }
      return await this.step(applied, settings);
    } finally {
      engine.tf.dispose([stats, ...gradients.filter((tensor) => tensor !== undefined)]);
    }
  }

  /** One step of Adam. */
  private async step(gradients: readonly Tensor[], settings: TrainSettings): Promise<number> {
    const norm = await this.model.engine.adamStep(
      this.variables,
      gradients,
      this.firstMoments,
      this.secondMoments,
      {
        lr: settings.learningRate,
        step: this.steps + 1,
        eps: 1e-5,
        maxGradNorm: settings.maxGradNorm,
      },
    );
    if (Number.isFinite(norm)) this.steps++;
    return norm;
  }

  /** Loss gradient of one minibatch, absent for heads that no term of the loss uses; the caller disposes of it. */
  private differentiate(
    batch: Minibatch,
    weights: LossWeights,
  ): { stats: Tensor; gradients: (Tensor | undefined)[] } {
    const { tf } = this.model.engine;
    let stats: Tensor | undefined;
    const gradients = tf.tidy(() => {
      const { grads } = tf.variableGrads(() => {
        const result = objective(this.model, this.byName, batch, weights);
        stats = tf.keep(result.stats);
        return result.loss;
      }, this.variables);
      return this.variables.map((variable) => grads[variable.name]);
    });
    return { stats: stats!, gradients };
  }

  /** Copies gradients to `flat`, zeros where there are none. */
  private async readGradients(gradients: (Tensor | undefined)[], flat: Float32Array) {
    for (const [i, { offset, size }] of this.specs.entries()) {
      const part = flat.subarray(offset, offset + size);
      const gradient = gradients[i];
      if (gradient) await this.model.engine.readFlatAsync([gradient], part);
      else part.fill(0);
    }
  }

  private advantages(rollout: Rollout, settings: TrainSettings): void {
    generalizedAdvantages(
      { ...pickColumns(rollout), gamma: settings.gamma, lambda: settings.lambda },
      rollout.advantages,
    );
    const { advantages, returns, values } = rollout;
    const moments = new Float32Array(3);
    for (let i = 0; i < advantages.length; i++) {
      returns[i] = advantages[i] + values[i];
      moments[0] += advantages[i];
      moments[1] += advantages[i] * advantages[i];
    }
    moments[2] = advantages.length;
    this.collective.sum(moments);
    const mean = moments[0] / moments[2];
    const std = Math.sqrt(Math.max(0, moments[1] / moments[2] - mean * mean)) + 1e-6;
    for (let i = 0; i < advantages.length; i++) advantages[i] = (advantages[i] - mean) / std;
  }

  /** What the starting policy would have done, with the same carry and goals. */
  private async referenceProbabilities(rollout: Rollout, planner: boolean): Promise<void> {
    const { tf } = this.model.engine;
    const chunk = 512;
    for (let from = 0; from < rollout.size; from += chunk) {
      this.collective.pace.reach();
      const rows = Int32Array.from(
        { length: Math.min(chunk, rollout.size - from) },
        (_, i) => from + i,
      );
      const batch = minibatchOf(rollout, rows, this.builder, false, planner);
      const out = tf.tidy(() => {
        const { action, halt, goals, samples } = forward(this.model, this.reference!, batch);
        return { probabilities: tf.softmax(action), halt, goals, samples };
      });
      rollout.reference.set((await out.probabilities.data()) as Float32Array, from * NUM_ACTIONS);
      if (batch.planner) await startOfPlanner(out, batch, batch.planner, rows, rollout.planner);
      const { goals } = out;
      // The tables among them are the reference's own weights.
      tf.dispose([
        out.probabilities,
        out.halt,
        ...(goals ? [goals.logits, goals.query, goals.keys] : []),
      ]);
    }
  }

  private explainedVariance(rollout: Rollout): number {
    const n = rollout.size;
    const moments = new Float32Array(5);
    for (let i = 0; i < n; i++) {
      const error = rollout.returns[i] - rollout.values[i];
      moments[0] += rollout.returns[i];
      moments[1] += rollout.returns[i] ** 2;
      moments[2] += error;
      moments[3] += error ** 2;
    }
    moments[4] = n;
    this.collective.sum(moments);
    const [sum, squares, errors, errorSquares, count] = moments;
    const variance = squares / count - (sum / count) ** 2;
    return variance < 1e-8 ? 0 : 1 - (errorSquares / count - (errors / count) ** 2) / variance;
  }

  private variablesOf(flat: Float32Array, scope: string, trainable = true): Variable[] {
    return createVariables(this.model.engine, this.specs, flat, scope, trainable);
  }
}

/** Whether the Planner's decisions are learnt from. */
function learnsByReward({ hasPlanner, config }: Policy, { plannerWeight }: TrainSettings): boolean {
  return hasPlanner && config.plannersCritic === true && plannerWeight > 0;
}

/** The weights that a setting lets learn. Critics act on nothing, and have to follow what is played. */
function groupsOf(settings: TrainSettings, mode: Mode): readonly ParameterGroup[] {
  return mode === 'ppo' && settings.plannerOnly === 1 ? PLANNER_ONLY : PARAMETER_GROUPS;
}
const PLANNER_ONLY = ['planner', 'goal', 'halt', 'critic'] as const;

/** Samples of a minibatch, all workers together, where attempts are imitated. */
const IMITATED = 256;

function lossWeights(settings: TrainSettings, mode: Mode, warmingUp: boolean): LossWeights {
  if (mode === 'clone') {
    return {
      policy: 0,
      cloning: 1,
      value: 0.02,
      valueShare: 1,
      entropy: 0,
      reference: 0,
      goal: 1,
      planner: 0,
      clip: settings.clip,
    };
  }
  if (mode === 'self-cloning') {
    return {
      policy: 0,
      cloning: 1,
      // Only what went well is seen here: a critic would learn that everything goes well.
      value: 0,
      valueShare: 0,
      entropy: 0,
      reference: settings.klWeight,
      goal: 1,
      planner: 0,
      clip: settings.clip,
    };
  }
  return {
    policy: 1,
    cloning: 0,
    value: settings.valueWeight,
    valueShare: settings.valueShare,
    entropy: settings.entropyWeight,
    reference: settings.klWeight,
    goal: warmingUp ? 0 : Math.max(settings.goalWeight, settings.hindsightWeight),
    planner: settings.plannerWeight,
    clip: settings.clip,
  };
}

function pickColumns(rollout: Rollout) {
  const { steps, envs, rewards, values, terminated, truncated, finalValues, lastValues } = rollout;
  return { steps, envs, rewards, values, terminated, truncated, finalValues, lastValues };
}
