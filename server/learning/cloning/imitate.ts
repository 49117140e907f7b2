import { DEFAULT_SETTINGS, type EngineChoice, type TrainSettings } from '../../../shared/config.ts';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { Replay } from '../../../shared/replay.ts';
import { drawnActions, givenActions, likeliestGoals } from '../../play/sources.ts';
import { once, type Sink, Table } from '../../play/table.ts';
import type { ActResult } from '../../policy/act.ts';
import { argmax } from '../../policy/goals/goalHead.ts';
import { parameterCount } from '../../policy/parameters.ts';
import { readPolicy, writePolicy } from '../../policy/policyFile.ts';
import { Random } from '../../policy/random.ts';
import { startEngine } from '../../policy/workload.ts';
import { taskOf } from '../../tasks/index.ts';
import { Learner } from '../ppo/learner.ts';
import { Rollout } from '../rollout/rollout.ts';
import { NO_LABELS, RolloutSink } from '../rollout/rolloutSink.ts';
import { Collective, createCollectiveMemory } from '../workers/collective.ts';

export interface ImitateOptions {
  /** The policy to teach: a checkpoint file, or the name of a shipped one. */
  init: string;
  /** Episodes to imitate, from the first action to the last. */
  demonstrations: readonly Replay[];
  /** Where the taught policy is written. */
  out: string;
  /** Number of passes over the demonstrations; each uses the carry and goals that the policy then has. */
  passes: number;
  learningRate: number;
  seed: number;
  engine: EngineChoice;
  onPass?: (pass: number, agreement: Agreement) => void;
  /** Asked after each pass: true ends the learning there, and what is learnt is written. */
  shouldStop?: () => boolean;
}

/** How near the policy is to what was demonstrated. */
export interface Agreement {
  /** Share of the demonstrated actions that are the policy's likeliest. */
  likeliest: number;
  /** Mean probability that it gives to them. */
  probability: number;
}

export interface ImitateResult {
  /** Passes made: fewer than asked for where it was stopped. */
  passes: number;
  steps: number;
  before: Agreement;
  after: Agreement;
  weightsHash: string;
}

/** Samples in a minibatch: fewer are too noisy, and demonstrations are too few for more. */
const SAMPLES = 64;

/**
 * Clones a policy from demonstrations, such as episodes that a person played. The policy follows them with
 * its own carry and goals and learns to give the demonstrated actions more probability (cross-entropy; the
 * value learns a little, too). It does not learn goals, since a person does not name theirs. Throws an
 * Error where no demonstration has a step.
 */
export async function imitate(options: ImitateOptions): Promise<ImitateResult> {
  const { demonstrations, seed, passes } = options;
  const steps = demonstrations.reduce((sum, { actions }) => sum + actions.length, 0);
  if (steps === 0) throw new Error('demonstrations have no steps; accepted: at least one action');
  const file = await readPolicy(options.init);
  const engine = await startEngine(options.engine, file.config);
  const memory = createCollectiveMemory(1, parameterCount(file.config) + 64);
  const learner = new Learner(engine, file.config, file.weights, seed, new Collective(memory, 0));
  const settings: TrainSettings = {
    ...DEFAULT_SETTINGS,
    learningRate: options.learningRate,
    epochs: 1,
    minibatches: Math.max(1, Math.round(steps / SAMPLES)),
  };
  const carryWidth = file.config.latents * file.config.width;
  const collect = async () => {
    const rollout = new Rollout(steps, 1, carryWidth);
    const taught = new Demonstrated(rollout, settings.rewardScale);
    for (const replay of demonstrations) {
      if (replay.actions.length > 0) await taught.goThrough(learner, replay);
    }
    return { rollout, agreement: taught.agreement() };
  };
  let collected = await collect();
  const before = collected.agreement;
  let made = 0;
  while (made < passes && !options.shouldStop?.()) {
    const { diverged } = await learner.update(collected.rollout, settings, 'clone', made);
    if (diverged) throw new Error('learning diverged; accepted: a lower learning rate');
    collected = await collect();
    made++;
    options.onPass?.(made, collected.agreement);
  }
  const { weights } = await learner.record();
  const { weightsHash } = await writePolicy(options.out, {
    config: file.config,
    weights,
    history: [
      ...file.history,
      {
        mode: 'imitate',
        init: options.init,
        levels: [...new Set(demonstrations.map(({ levelId }) => levelId))],
        demonstrations: demonstrations.length,
        steps,
        passes: made,
        settings: { ...settings },
      },
    ],
    seeds: { ...file.seeds, imitate: seed },
  });
  return { steps, passes: made, before, after: collected.agreement, weightsHash };
}

/** Writes demonstrations to a rollout; the policy thinks along while the demonstrated actions are taken. */
class Demonstrated {
  private readonly rollout: Rollout;
  private readonly sink: RolloutSink;
  private actions: readonly number[] = [];
  private steps = 0;
  private hits = 0;
  private probability = 0;

  constructor(rollout: Rollout, rewardScale: number) {
    this.rollout = rollout;
    this.sink = new RolloutSink(rollout, rewardScale, ({ episode }) => ({
      ...NO_LABELS,
      action: this.actions[episode.steps],
    }));
  }

  agreement(): Agreement {
    return { likeliest: this.hits / this.steps, probability: this.probability / this.steps };
  }

  /** Adds the steps of one demonstration. */
  async goThrough({ model, weights }: Learner, { levelId, seed, actions }: Replay): Promise<void> {
    const { sink, rollout } = this;
    this.actions = actions;
    const world = taskOf(levelId).createWorld(levelId, { memory: model.config.memory });
    const { episode } = world;
    const chance = new Random(seed);
    const parts = {
      world,
      chance,
      goals: likeliestGoals,
      actions: givenActions(actions, drawnActions),
    };
    const table = new Table(model, [parts], once(seed));
    const end: Sink = {
      decided: ({ thought }) => this.compare(thought, actions[episode.steps]),
      stepped: () => episode.steps === actions.length,
      // Nobody knows what follows a demonstration, so its last value is not bootstrapped.
      ended: (seat) => {
        rollout.terminated[sink.entry(seat)] = 1;
        rollout.truncated[sink.entry(seat)] = 0;
      },
    };
    while (table.playing) await table.turn(weights, [sink, end]);
  }

  private compare({ probabilities }: ActResult, action: number): void {
    this.steps++;
    this.hits += argmax(probabilities, 0, NUM_ACTIONS) === action ? 1 : 0;
    this.probability += probabilities[action];
  }
}
