import { DEFAULT_SETTINGS, type EngineChoice, type TrainSettings } from '../../../shared/config.ts';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { Replay } from '../../../shared/replay.ts';
import { evaluate } from '../../play/evaluate.ts';
import type { Steering } from '../../play/steering.ts';
import { type ActResult, argmax, writeGoalClass } from '../../policy/act.ts';
import { GOAL_FEATURES } from '../../policy/features.ts';
import type { ObservationRows } from '../../policy/inputs.ts';
import { parameterCount } from '../../policy/parameters.ts';
import { readPolicy, writePolicy } from '../../policy/policyFile.ts';
import { startEngine } from '../../policy/workload.ts';
import { Learner } from '../ppo/learner.ts';
import { Rollout } from '../rollout/rollout.ts';
import { Collective, createCollectiveMemory } from '../workers/collective.ts';

export interface ImitateOptions {
  /** A checkpoint file or shipped name: what is taught. */
  init: string;
  /** What is to be imitated: all actions of each. */
  demonstrations: readonly Replay[];
  /** Where the taught policy is written. */
  out: string;
  /** How often the demonstrations are gone through, each time with what the policy then thinks. */
  passes: number;
  learningRate: number;
  seed: number;
  engine: EngineChoice;
  onPass?: (pass: number, agreement: Agreement) => void;
}

/** How near the policy is to what was demonstrated. */
export interface Agreement {
  /** Share of the demonstrated actions that are the policy's likeliest. */
  likeliest: number;
  /** Mean probability that it gives to them. */
  probability: number;
}

export interface ImitateResult {
  steps: number;
  before: Agreement;
  after: Agreement;
  weightsHash: string;
}

/** Fewer samples in a minibatch say too little, more are not needed for so few. */
const SAMPLES = 64;

/**
 * Clones a policy from demonstrations, such as episodes that a person played: it goes through them with
 * its own carry and goals while the demonstrated actions are taken, and learns to give them more
 * probability (cross-entropy; values learn a little beside). The Planner's goals are not taught: a person does
 * not say theirs. Throws an Error where a demonstration has no steps or none is given.
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
    for (const replay of demonstrations) await taught.goThrough(learner, replay);
    return { rollout, agreement: taught.agreement() };
  };
  let collected = await collect();
  const before = collected.agreement;
  for (let pass = 0; pass < passes; pass++) {
    const { diverged } = await learner.update(collected.rollout, settings, 'clone', pass);
    if (diverged) throw new Error('learning diverged; accepted: a lower learning rate');
    collected = await collect();
    options.onPass?.(pass + 1, collected.agreement);
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
        passes,
        settings: { ...settings },
      },
    ],
    seeds: { ...file.seeds, imitate: seed },
  });
  return { steps, before, after: collected.agreement, weightsHash };
}

/** Writes the steps of demonstrations into a rollout, one after another. */
class Demonstrated {
  private readonly rollout: Rollout;
  private readonly rewardScale: number;
  private at = 0;
  private hits = 0;
  private probability = 0;

  constructor(rollout: Rollout, rewardScale: number) {
    this.rollout = rollout;
    this.rewardScale = rewardScale;
    rollout.expertSubgoals.fill(-1);
    rollout.expertCells.fill(-1);
    rollout.keptGoalRight.fill(-1);
  }

  agreement(): Agreement {
    return { likeliest: this.hits / this.at, probability: this.probability / this.at };
  }

  /** The policy thinks along while the demonstrated actions are taken. */
  async goThrough(learner: Learner, { levelId, seed, actions }: Replay): Promise<void> {
    if (actions.length === 0) return;
    const { rollout } = this;
    const first = this.at;
    const steering: Steering = {
      begin: () => undefined,
      goal: () => undefined,
      action: (step) => actions[step],
      thinking: (rows, zH, zL, goals) => this.before(rows, zH, zL, goals),
      decided: (thought) => this.after(thought, actions[this.at - first]),
      stepped: (_action, { reward, terminated, truncated }) => {
        rollout.rewards[this.at] = reward * this.rewardScale;
        const last = this.at - first === actions.length - 1;
        rollout.terminated[this.at] = terminated || truncated || last ? 1 : 0;
        this.at++;
        return last;
      },
    };
    const options = { levelId, episodes: 1, seedBase: seed, greedy: false };
    await evaluate(learner.model, learner.weights, options, steering);
  }

  private before(rows: ObservationRows, zH: Float32Array, zL: Float32Array, goals: Int32Array) {
    const { rollout, at } = this;
    rollout.observations.copy(at, rows, 0, 1);
    rollout.zH.set(zH, at * rollout.carryWidth);
    rollout.zL.set(zL, at * rollout.carryWidth);
    rollout.goals.set(goals, at * GOAL_FEATURES);
  }

  private after(thought: ActResult, action: number): void {
    const { rollout, at } = this;
    const probability = thought.probabilities[action];
    rollout.replanned[at] = thought.replanned[0];
    rollout.values[at] = thought.values[0];
    rollout.probabilities.set(thought.probabilities, at * NUM_ACTIONS);
    rollout.actions[at] = action;
    rollout.logProbs[at] = Math.log(Math.max(probability, 1e-8));
    rollout.expertActions[at] = action;
    if (thought.replanned[0]) {
      const goal = { subgoal: thought.subgoals[0], cell: thought.cells[0] };
      writeGoalClass(goal, rollout.newGoals, at * GOAL_FEATURES);
    }
    this.hits += argmax(thought.probabilities, 0, NUM_ACTIONS) === action ? 1 : 0;
    this.probability += probability;
  }
}
