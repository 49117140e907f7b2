import { EndlessGenerationError } from '../../envs/index.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Ablation, GoalMode, Played, WhoActs, WhoPlans } from '../../shared/play.ts';
import type { Policy, Weights } from '../policy/model.ts';
import { goalModeOf } from '../policy/nature.ts';
import { Random } from '../policy/random.ts';
import { taskOf } from '../tasks/index.ts';
import type { Task } from '../tasks/task.ts';
import { finiteOutputs } from './finiteOutputs.ts';
import { type GivenGoal, GivenGoals } from './givenGoals.ts';
import { PlayError } from './playError.ts';
import { Score, type Tally } from './score.ts';
import type { GoalSource, Seat, SeatParts } from './seat.ts';
import {
  drawnActions,
  drawnGoals,
  frozenDoer,
  likeliestActions,
  likeliestGoals,
} from './sources.ts';
import { type Sink, Table } from './table.ts';
import { ExactDoer, ExpertsGoals } from './whoseFault.ts';

export interface EvaluateOptions {
  levelId: string;
  episodes: number;
  /** Level seeds are seedBase, seedBase + 1, … */
  seedBase: number;
  /** These instead, one for each episode. */
  seeds?: readonly number[];
  /** Take the likeliest actions, and the likeliest goals where `goals` does not say otherwise, instead of drawing them. */
  greedy: boolean;
  /** `other-object`: at the start the Planner is told to go to an object that the mission does not mean. */
  override?: 'other-object';
  /** The Planner is told nothing after all: what the agent faces first by itself, to compare with. */
  untold?: boolean;
  /** Only whether the override is followed is asked: an episode ends when that is known, or after so many steps. */
  overrideSteps?: number;
  /** Planner updates each time it replans; by default as trained. */
  depth?: number;
  /** What is switched off; by default nothing. */
  ablation?: Ablation;
  /** Who sets goals: the Planner (by default), or the expert. */
  planner?: WhoPlans;
  /** Who acts: the Doer (by default), or an exact walker to the kept goal's target. */
  doer?: WhoActs;
  /** How the Planner's own goals are taken; by default as is usual for the policy (`goalModeOf`). */
  goals?: GoalMode;
  /** Also ask whether the expert succeeds, seed by seed. */
  solvable?: boolean;
  /** Seed of the draws of actions; by default each episode's own seed. */
  chance?: number;
  /** Worlds played at the same time. */
  batch?: number;
  onProgress?: (done: number) => void;
  /** Called before each step of all worlds. */
  onTurn?: () => void;
}

/** Who looks on while it is played. */
export interface Onlookers {
  sinks?: readonly Sink[];
  /** The first so many seats keep their episodes, so that replays can be made of them. */
  recorded?: number;
}

const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');

/** Random choices of an episode that nobody learns from. */
export const chanceOf = (seed: number) => new Random(seed, 7);

/** How the Planner's goals are taken where nobody learns. */
export const goalsOf = (
  { config }: Policy,
  options: Pick<EvaluateOptions, 'goals' | 'greedy'>,
): GoalSource => (goalModeOf(config, options) === 'sampled' ? drawnGoals : likeliestGoals);

/** How somebody plays by these options, as a replay keeps it. @param model none for a script */
export function playedAs(
  options: Pick<
    EvaluateOptions,
    'greedy' | 'goals' | 'chance' | 'depth' | 'ablation' | 'planner' | 'doer'
  >,
  model?: Policy,
): Played {
  const { greedy, chance, depth, ablation = 'none', planner, doer } = options;
  const played: Played = { greedy, ablation, overrides: [], forced: 0 };
  const goals = planner === 'expert' ? undefined : model && goalModeOf(model.config, options);
  if (goals) played.goals = goals;
  if (chance !== undefined) played.chance = chance;
  if (depth !== undefined) played.depth = depth;
  if (planner === 'expert') played.planner = planner;
  if (doer === 'exact') played.doer = doer;
  return played;
}

/** Who acts where nobody learns. */
export function actionsOf({
  greedy,
  ablation,
}: Pick<EvaluateOptions, 'greedy' | 'ablation'>): SeatParts['actions'] {
  const actions = greedy ? likeliestActions : drawnActions;
  return ablation === 'frozenDoer' ? frozenDoer(actions) : actions;
}

/**
 * Plays episodes on the given seeds without learning. Each episode has its own chance, so the batch size
 * does not matter.
 */
export async function evaluate(
  model: Policy,
  weights: Weights,
  options: EvaluateOptions,
  task: Task = taskOf(options.levelId),
  { sinks: also = [], recorded = 0 }: Onlookers = {},
): Promise<Tally> {
  const { levelId, episodes, seedBase, seeds, ablation, depth } = options;
  needPlanner(model, options);
  const experts = options.planner === 'expert' ? new ExpertsGoals() : undefined;
  const exact = options.doer === 'exact' ? new ExactDoer(actionsOf(options)) : undefined;
  const other = options.override ? new OtherObject(options) : undefined;
  const followed = other && ((seat: Seat) => other.wasFollowed(seat));
  const solves = (seed: number) => expertSolves(task, levelId, seed);
  const score = new Score({
    followed,
    solvable: options.solvable ? solves : undefined,
    choices: experts?.choices,
    onProgress: options.onProgress,
  });
  const sinks: Sink[] = [
    finiteOutputs,
    score,
    ...also,
    ...(other ? [other] : []),
    ...(exact ? [exact] : []),
  ];
  let next = 0;
  const table = new Table(
    model,
    Array.from({ length: Math.min(options.batch ?? 64, episodes) }, (_, i) => {
      const recording = i < recorded;
      const world = task.createWorld(levelId, { memory: model.config.memory, recording });
      const goals =
        experts ?? new GivenGoals((seat) => other?.goalAt(seat), goalsOf(model, options), ablation);
      const actions = exact ?? actionsOf(options);
      return { world, chance: chanceOf(0), goals, actions, asks: true };
    }),
    (seat) => {
      while (next < episodes) {
        const seed = seeds?.[next] ?? seedBase + next;
        next++;
        if (!hasBegun(seat, seed)) {
          score.unplayable++;
          continue;
        }
        seat.chance = chanceOf(options.chance ?? seed);
        return true;
      }
      return false;
    },
  );
  while (table.playing) {
    options.onTurn?.();
    await table.turn(weights, sinks, depth);
  }
  return score.tally();
}

/** Begins the episode of a seed; false where the level makes no world of it, because Minigrid would search for ever. */
function hasBegun(seat: Seat, seed: number): boolean {
  try {
    seat.begin(seed);
    return true;
  } catch (error) {
    if (!(error instanceof EndlessGenerationError)) throw error;
    return false;
  }
}

/** Throws a PlayError for what only a policy with a Planner can do. */
function needPlanner({ hasPlanner, config }: Policy, options: EvaluateOptions): void {
  for (const [field, given] of [
    ['planner', options.planner === 'expert'],
    ['doer', options.doer === 'exact'],
    ['goals', options.goals !== undefined],
    ['depth', options.depth !== undefined],
    ['ablation', options.ablation === 'withoutPlanner' || options.ablation === 'frozenPlanner'],
  ] as const)
    if (given && !hasPlanner)
      throw new PlayError(
        field,
        `is ${options[field]}, which needs a policy with a Planner; ${config.kind} has none`,
      );
}

function expertSolves(task: Task, levelId: string, seed: number): boolean {
  const { episode, expert } = task.createWorld(levelId);
  episode.begin(seed);
  expert.begin();
  while (!episode.over) {
    expert.ask(episode.actions.at(-1) ?? -1);
    if (expert.action < 0) return false;
    episode.step(expert.action);
  }
  return episode.success;
}

/** Starts each episode with the goal to go to an object that the mission does not mean. */
class OtherObject implements Sink {
  /** By seat: the object's cell, and 1 when it was faced first, 0 when another was, −1 so far neither. */
  private readonly aims = new Map<Seat, { x: number; y: number; first: number } | undefined>();
  private readonly untold: boolean;
  private readonly steps: number;

  constructor({ untold = false, overrideSteps = Number.POSITIVE_INFINITY }: EvaluateOptions) {
    this.untold = untold;
    this.steps = overrideSteps;
  }

  goalAt(seat: Seat): GivenGoal | undefined {
    if (seat.episode.steps > 0) return undefined;
    const object = seat.things?.all().find(({ meant }) => !meant);
    const aim = object && { x: object.x, y: object.y };
    this.aims.set(seat, aim && { ...aim, first: -1 });
    return this.untold ? undefined : aim && { ...aim, subgoal: GO_NEXT_TO, until: 'end' };
  }

  stepped(seat: Seat): boolean {
    const aim = this.aims.get(seat);
    const faced = seat.things?.faced();
    if (aim && aim.first < 0 && faced) aim.first = faced.x === aim.x && faced.y === aim.y ? 1 : 0;
    if (this.steps === Number.POSITIVE_INFINITY) return false;
    return !aim || aim.first >= 0 || seat.episode.steps >= this.steps;
  }

  /** Undefined where there was no other object. */
  wasFollowed(seat: Seat): boolean | undefined {
    const aim = this.aims.get(seat);
    return aim && aim.first === 1;
  }
}
