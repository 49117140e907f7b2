import type { TrainSettings } from '../../../shared/config.ts';
import type { Engine } from '../../engine/index.ts';
import { PARAMETER_GROUPS } from '../../policy/blocks.ts';
import { InputBuilder } from '../../policy/inputs.ts';
import { Policy, type Weights } from '../../policy/model.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import { Random } from '../../policy/random.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Collective } from '../workers/collective.ts';
import { advantagesOf, explainedVariance } from './advantages.ts';
import type { Minibatch } from './lossTypes.ts';
import { groupsOf, learnsByReward, lossWeights, type Mode } from './lossWeights.ts';
import { minibatchOf } from './minibatch.ts';
import { plannersAdvantages } from './plannersAdvantages.ts';
import { referenceProbabilities, startOutputs } from './reference.ts';
import { type LearnerRecord, type Step, TrainedWeights } from './trainedWeights.ts';
import { type UpdateStats, UpdateTally } from './updateStats.ts';

/** Samples of a minibatch, all workers together, where attempts are imitated. */
const IMITATED = 256;

/** Some passes over samples, each in minibatches of its own. */
interface Passes extends Pick<Step, 'weights' | 'trained' | 'settings'> {
  /** The samples; shuffled anew for each pass. */
  order: Int32Array;
  /** Minibatches of a pass: as many for every worker, however many samples each has. */
  parts: number;
  /** Called before each pass. */
  begin?(): void;
  /** @param rows a part of `order`, which may be empty */
  batch(rows: Int32Array, part: number): Minibatch | undefined;
  /** Asked after each pass with its KL from the policy that played, summed over minibatches. */
  isFar(kl: number): boolean;
}

/** One worker's share of the learner: the same weights everywhere, gradients summed over the workers. */
export class Learner {
  readonly model: Policy;
  readonly random: Random;
  private readonly trained: TrainedWeights;
  private readonly collective: Collective;
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
    this.random = new Random(seed, 1000 + collective.rank);
    this.trained = new TrainedWeights(this.model, weights, collective);
  }

  get weights(): Weights {
    return this.trained.byName;
  }

  /** How many weights there are. */
  get size(): number {
    return this.trained.size;
  }

  /** Sets the weights that the policy is to stay near. */
  setReference(weights: Float32Array): void {
    this.reference = this.trained.fixed(weights, 'reference');
  }

  /** Weights and optimiser as they are now. */
  record(): Promise<LearnerRecord> {
    return this.trained.record();
  }

  restore(record: LearnerRecord): void {
    this.trained.restore(record);
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
    const { collective, builder } = this;
    const { namesGoals } = this.model;
    advantagesOf(rollout, settings, collective);
    const planner = mode === 'ppo' && learnsByReward(this.model, settings);
    if (planner) plannersAdvantages(rollout, settings, collective);
    const pullsBack = mode === 'ppo' && (await this.lookAtReference(rollout, settings, planner));
    const warmingUp =
      mode === 'ppo' && this.reference !== undefined && updates < settings.valueWarmup;
    const order = Int32Array.from({ length: rollout.size }, (_, i) => i);
    const tally = await this.learn({
      weights: lossWeights(settings, mode, warmingUp),
      trained: warmingUp ? ['critic'] : groupsOf(settings, mode),
      settings,
      order,
      parts: settings.minibatches,
      batch: (rows) => minibatchOf(rollout, rows, builder, pullsBack, planner, namesGoals),
      isFar: (kl) => mode === 'ppo' && kl / settings.minibatches > settings.targetKl,
    });
    return tally.stats(explainedVariance(rollout, collective));
  }

  /**
   * Some passes over samples whose labels are what the policy itself decided when it did best: cross-entropy on action,
   * goal and halting. Beside them go samples in which it is to stay as it was: there the pull to the start holds the
   * same. Every worker must call it, also one without samples.
   * @param order entries of the rollout to learn from
   * @param kept entries in which it is to stay as it was
   */
  async imitate(
    rollout: Rollout,
    order: Int32Array,
    kept: Int32Array,
    settings: TrainSettings,
  ): Promise<UpdateStats> {
    const { model, reference, collective, builder, random } = this;
    const start =
      settings.klWeight > 0 && reference && kept.length > 0
        ? await startOutputs(model, reference, rollout, kept, builder, collective.pace)
        : undefined;
    const parts = Math.max(1, Math.round(this.total(order.length) / IMITATED));
    const tally = await this.learn({
      weights: lossWeights(settings, 'self-cloning', false),
      trained: PARAMETER_GROUPS,
      settings,
      order,
      parts,
      begin: () => start && random.shuffle(kept),
      batch: (rows, part) => {
        const all = start ? Int32Array.of(...rows, ...partOf(kept, part, parts)) : rows;
        return minibatchOf(rollout, all, builder, false, false, model.namesGoals, start);
      },
      isFar: () => false,
    });
    return tally.stats(0);
  }

  /** Sum of a number over all workers. Every worker must call it. */
  total(value: number): number {
    const sum = Float32Array.of(value);
    this.collective.sum(sum);
    return sum[0];
  }

  /** A number of each worker. Every worker must call it. */
  private ofEach(value: number): Float32Array {
    const { rank, size } = this.collective;
    const all = new Float32Array(size);
    all[rank] = value;
    this.collective.sum(all);
    return all;
  }

  /** The statistics of an update in which there was nothing to learn from. */
  nothingLearnt(): UpdateStats {
    return new UpdateTally().stats(0);
  }

  /** Passes over samples until they are done, the policy is far enough, or a gradient is not finite: that undoes them. */
  private async learn(passes: Passes): Promise<UpdateTally> {
    const { order, settings, weights, trained, parts } = passes;
    const lengths = this.ofEach(order.length);
    const before = await this.record();
    const tally = new UpdateTally();
    const { measured } = tally;
    const step = { weights, trained, settings, measured, gradient: new Float32Array(this.size) };
    for (let epoch = 0; epoch < settings.epochs && !tally.diverged; epoch++) {
      this.random.shuffle(order);
      passes.begin?.();
      for (let part = 0; part < parts; part++) {
        this.collective.pace.reach();
        const [from, to] = bounds(order.length, part, parts);
        const share = shareOf(to - from, lengths, part, parts);
        // No worker has samples for it.
        if (share === undefined) continue;
        const batch = from < to ? passes.batch(order.subarray(from, to), part) : undefined;
        if (!tally.add(await this.trained.learn(batch, step, share))) break;
      }
      if (passes.isFar(tally.takeKl())) break;
    }
    if (tally.diverged) this.restore(before);
    return tally;
  }

  /** Where the policy is held near its start: looks up what that would have done. False where it is not. */
  private async lookAtReference(
    rollout: Rollout,
    settings: TrainSettings,
    planner: boolean,
  ): Promise<boolean> {
    const { model, reference, builder, collective } = this;
    if (settings.klWeight <= 0 || !reference) return false;
    await referenceProbabilities(model, reference, rollout, planner, builder, collective.pace);
    return true;
  }
}

/** Where one of the parts begins and ends into which a list is cut evenly. */
const bounds = (length: number, part: number, parts: number) =>
  [Math.floor((part * length) / parts), Math.floor(((part + 1) * length) / parts)] as const;

const partOf = (list: Int32Array, part: number, parts: number) =>
  list.subarray(...bounds(list.length, part, parts));

/**
 * Weight in the mean over workers of `own` samples of one, so that every sample counts the same; undefined where no
 * worker has any.
 * @param lengths samples of each worker, of all parts
 */
function shareOf(own: number, lengths: Float32Array, part: number, parts: number) {
  const all = lengths.reduce((sum, length) => {
    const [from, to] = bounds(length, part, parts);
    return sum + to - from;
  }, 0);
  return all === 0 ? undefined : (own * lengths.length) / all;
}
