import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TrainSettings } from '../../../shared/config.ts';
import type { ParameterGroup } from '../../policy/blocks.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import {
  createVariables,
  type Parameter,
  parameterCount,
  parameterSpecs,
  weightsByName,
} from '../../policy/parameters.ts';
import type { Collective } from '../workers/collective.ts';
import { LOSS_STATS, type LossWeights, type Minibatch } from './lossTypes.ts';
import { objective } from './objective.ts';
import { summed } from './updateStats.ts';

/** Weights and optimiser of a learner. */
export interface LearnerRecord {
  weights: Float32Array;
  adamM: Float32Array;
  adamV: Float32Array;
  adamSteps: number;
}

/** What a minibatch is learnt from by, and where its numbers go. */
export interface Step {
  weights: LossWeights;
  /** The groups of weights that learn. */
  trained: readonly ParameterGroup[];
  settings: TrainSettings;
  /** Scratch for the gradient, [size]. */
  gradient: Float32Array;
  /** Receives the loss's statistics, [MEASURED]; see `summed`. */
  measured: Float32Array;
}

/** The weights that learn and their optimiser (Adam): the same on every worker, each step along the mean of all gradients. */
export class TrainedWeights {
  readonly size: number;
  readonly byName: Weights;
  private readonly model: Policy;
  private readonly collective: Collective;
  private readonly specs: readonly Parameter[];
  private readonly variables: Variable[];
  private readonly gradients: Variable[];
  private readonly firstMoments: Variable[];
  private readonly secondMoments: Variable[];
  /** Optimiser steps taken. */
  private steps = 0;

  constructor(model: Policy, weights: Float32Array, collective: Collective) {
    this.model = model;
    this.collective = collective;
    this.specs = parameterSpecs(model.config);
    this.size = parameterCount(model.config);
    this.variables = this.variablesOf(weights, 'policy');
    this.byName = weightsByName(this.specs, this.variables);
    const zeros = new Float32Array(this.size);
    this.gradients = this.variablesOf(zeros, 'gradient', false);
    this.firstMoments = this.variablesOf(zeros, 'adam.m', false);
    this.secondMoments = this.variablesOf(zeros, 'adam.v', false);
  }

  /** Other weights of the same policy, which do not learn. */
  fixed(weights: Float32Array, scope: string): Weights {
    return weightsByName(this.specs, this.variablesOf(weights, scope, false));
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
   * One step along the mean of all workers' gradients of a minibatch. Every worker must call it.
   * @param batch undefined where this worker has no samples
   * @param share weight of this worker's samples in the mean, where workers have unequally many
   * @returns the gradient's norm before clipping; not finite means that nothing changed
   */
  async learn(batch: Minibatch | undefined, step: Step, share = 1): Promise<number> {
    const { engine } = this.model;
    const { gradient: flat, measured } = step;
    const { stats, gradients } = batch
      ? this.differentiate(batch, step.weights)
      : {
          stats: engine.tf.zeros([LOSS_STATS.length]),
          gradients: this.gradients.map(() => undefined),
        };
    const wanted = (i: number) => step.trained.includes(this.specs[i].group);
    let applied: readonly Tensor[] = this.gradients;
    try {
      await engine.readFlatAsync([stats], measured.subarray(0, LOSS_STATS.length));
      summed(measured, batch);
      if (engine.inMemory || this.collective.size > 1) {
        await this.readGradients(gradients, flat);
        if (share !== 1) for (let i = 0; i < flat.length; i++) flat[i] *= share;
        this.collective.mean(flat, measured);
        for (const [i, { offset, size }] of this.specs.entries())
          if (!wanted(i)) flat.fill(0, offset, offset + size);
        engine.writeFlat(this.gradients, flat);
      } else {
        // A GPU works alone and keeps its gradients: moving them takes longer than the step. `this.gradients` stays zero.
        applied = this.gradients.map((zero, i) => (wanted(i) && gradients[i]) || zero);
      }
      return await this.descend(applied, step.settings);
    } finally {
      engine.tf.dispose([stats, ...gradients.filter((tensor) => tensor !== undefined)]);
    }
  }

  /** One step of Adam. */
  private async descend(gradients: readonly Tensor[], settings: TrainSettings): Promise<number> {
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

  private variablesOf(flat: Float32Array, scope: string, trainable = true): Variable[] {
    return createVariables(this.model.engine, this.specs, flat, scope, trainable);
  }
}
