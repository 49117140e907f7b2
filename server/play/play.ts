import type { EngineChoice } from '../../shared/config.ts';
import { NUM_ACTIONS } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Played, ScriptedPolicy } from '../../shared/play.ts';
import type { Replay } from '../../shared/replay.ts';
import type { Engine } from '../engine/index.ts';
import type { Policy } from '../policy/model.ts';
import { PRESETS } from '../policy/presets.ts';
import { startEngine } from '../policy/workload.ts';
import { taskOf } from '../tasks/index.ts';
import type { Episode } from '../tasks/task.ts';
import { actionsOf, chanceOf, goalsOf, playedAs } from './evaluate.ts';
import { finiteOutputs } from './finiteOutputs.ts';
import { type GivenGoal, GivenGoals } from './givenGoals.ts';
import {
  type LoadedPolicy,
  loadPolicy,
  type PolicySource,
  type WeightsSource,
} from './loadPolicy.ts';
import { Minds } from './minds.ts';
import { PlayError } from './playError.ts';
import type { Seat } from './seat.ts';
import { givenActions } from './sources.ts';
import { once, type Sink, Table } from './table.ts';
import { ExactDoer, ExpertsGoals } from './whoseFault.ts';

export interface PlayTask extends Omit<Played, 'forced'> {
  source: PolicySource;
  /** Stated in the replay's source. */
  name: string;
  runId: string;
  envSteps: number;
  levelId: string;
  seed: number;
  /** The first actions, whatever the policy proposes. */
  actions: readonly number[];
  /** Stop after this many steps, even if the episode is not over. */
  maxSteps?: number;
  /** Other settings from a step on: the episode branches there. */
  change?: Change;
}

/** What is played otherwise from step `at` on; what is not named stays as it is. */
export interface Change
  extends Partial<Pick<Played, 'greedy' | 'goals' | 'chance' | 'depth' | 'ablation'>> {
  at: number;
  /** A goal that the Planner is given at that step. */
  goal?: Omit<Played['overrides'][number], 'step'>;
}

/** Policies kept ready; a nano one takes 1.3 MB. */
const MAX_LOADED = 4;

/** Plays single episodes with any policy, one after another; policies stay loaded. Never learns. */
export class EpisodePlayer {
  private readonly engineName: EngineChoice;
  private engine: Promise<Engine> | undefined;
  /** By source, least recently used first. */
  private readonly loaded = new Map<string, LoadedPolicy>();

  constructor(engine: EngineChoice = 'auto') {
    this.engineName = engine;
  }

  /**
   * Plays one episode. Throws a PlayError where the task does not fit level or policy, a CheckpointError for
   * a bad file, and an Error for an unknown level.
   */
  async play(task: PlayTask): Promise<Replay> {
    const { source } = task;
    if (source.kind === 'script') return playScript(source.name, task);
    const policy = await this.policy(source);
    checkRoles(policy.model.hasPlanner, task);
    const overrides = [...task.overrides, ...(task.change?.goal ? [task.change.goal] : [])];
    if (overrides.length > 0 && !policy.model.hasPlanner)
      throw new PlayError('overrides', 'needs a policy with a Planner; this one has none');
    const ablations = [task.ablation, task.change?.ablation];
    if (overrides.length > 0 && ablations.includes('withoutPlanner'))
      throw new PlayError('overrides', 'needs the Planner, which ablation switches off');
    return playOne(policy, task);
  }

  /** Whether goals are set by a Planner of the policy's own where it plays. */
  async hasPlanner(source: PolicySource): Promise<boolean> {
    return source.kind !== 'script' && (await this.policy(source)).model.hasPlanner;
  }

  private async policy(source: WeightsSource): Promise<LoadedPolicy> {
    const key = JSON.stringify(source);
    const known = this.loaded.get(key);
    if (known) {
      this.loaded.delete(key);
      this.loaded.set(key, known);
      return known;
    }
    this.engine ??= startEngine(this.engineName, PRESETS.nano);
    const policy = await loadPolicy(await this.engine, source);
    this.loaded.set(key, policy);
    for (const [oldest, { weights }] of this.loaded) {
      if (this.loaded.size <= MAX_LOADED) break;
      policy.model.engine.tf.dispose(Object.values(weights));
      this.loaded.delete(oldest);
    }
    return policy;
  }
}

async function playOne({ model, weights, rewardScale }: LoadedPolicy, task: PlayTask) {
  const { seed, levelId, ablation, maxSteps = Infinity } = task;
  const { memory } = model.config;
  const world = taskOf(levelId).createWorld(levelId, { recording: true, memory });
  const { episode } = world;
  const given = new Map<number, GivenGoal>();
  for (const { step, ...goal } of overridesOf(task)) given.set(step, givenGoal(goal));
  const goals =
    task.planner === 'expert'
      ? new ExpertsGoals()
      : new GivenGoals((seat) => given.get(seat.episode.steps), goalsOf(model, task), ablation);
  const exact = task.doer === 'exact' ? new ExactDoer(actionsOf(task)) : undefined;
  const actions = givenActions(task.actions, exact ?? actionsOf(task));
  const minds = new Minds(1, rewardScale);
  const limit: Sink = { stepped: (seat) => seat.episode.steps >= maxSteps };
  const chance = chanceOf(task.chance ?? seed);
  const asks = task.planner === 'expert';
  const table = new Table(model, [{ world, chance, goals, actions, asks }], once(seed));
  const sinks = [finiteOutputs, minds, limit, ...(exact ? [exact] : [])];
  checkOverrides(episode, task);
  let { depth } = task;
  while (table.playing) {
    if (task.change?.at === episode.steps) {
      changeSeat(table.seats[0], model, task, task.change);
      depth = task.change.depth ?? depth;
    }
    await table.turn(weights, sinks, depth);
  }
  return finish(task, episode, minds.minds[0], model);
}

/** Throws a PlayError where somebody else in the Planner's or the Doer's place would change nothing, or has no meaning. */
function checkRoles(hasPlanner: boolean, task: PlayTask): void {
  const { planner = 'own', doer = 'own', change } = task;
  const isTaken = task.goals !== undefined || change?.goals !== undefined;
  const ablations = [task.ablation, change?.ablation ?? 'none'];
  const refuse = (field: string, message: string) => {
    throw new PlayError(field, message);
  };
  if (isTaken && (!hasPlanner || planner === 'expert'))
    refuse('goals', 'needs a policy whose own Planner sets them');
  if (planner === 'expert') {
    if (!hasPlanner) refuse('planner', 'is expert, which needs a policy with a Planner');
    if (overridesOf(task).length > 0)
      refuse('overrides', 'needs the Planner, whose goals the expert replaces');
    if (ablations.some((one) => one !== 'none'))
      refuse('ablation', 'needs the Planner, whose goals the expert replaces; accepted: none');
  }
  if (doer === 'exact') {
    if (!hasPlanner) refuse('doer', 'is exact, which needs a policy with a Planner');
    if (ablations.includes('withoutPlanner'))
      refuse('doer', 'is exact, which needs the goals that ablation switches off');
    if (ablations.includes('frozenDoer'))
      refuse('ablation', 'is frozenDoer, which an exact walker makes meaningless');
    if (change && ('greedy' in change || 'ablation' in change))
      refuse('doer', 'is exact, and so how the Doer acts cannot be changed on the way');
  }
}

const givenGoal = ({ x, y, subgoal, until }: Omit<Played['overrides'][number], 'step'>) => ({
  x,
  y,
  subgoal: SUBGOALS.indexOf(subgoal),
  until,
});

function overridesOf({ overrides, change }: PlayTask): Played['overrides'] {
  return change?.goal ? [...overrides, { ...change.goal, step: change.at }] : overrides;
}

/** What the policy has thought and remembers stays; who chooses, and by what chance, may change. */
function changeSeat(seat: Seat, model: Policy, task: PlayTask, change: Change): void {
  const settings = { ...task, ...change };
  if (change.chance !== undefined) seat.chance = chanceOf(change.chance);
  // An exact walker goes on as it is: how it acts does not change.
  if (task.doer !== 'exact') seat.actions = givenActions(task.actions, actionsOf(settings));
  const { ablation, greedy, goals } = change;
  if (task.planner === 'expert' || (ablation ?? greedy ?? goals) === undefined) return;
  const before = seat.goals.record?.();
  const given = new Map(overridesOf(task).map(({ step, ...goal }) => [step, givenGoal(goal)]));
  // Who asks for other actions asks for goals that are taken in the same way, unless they say otherwise.
  const taken = greedy === undefined ? settings : { greedy, goals };
  seat.goals = new GivenGoals(
    ({ episode }) => given.get(episode.steps),
    goalsOf(model, taken),
    settings.ablation,
  );
  seat.goals.restore?.(before);
}

function checkOverrides({ width, height }: Episode, task: PlayTask): void {
  for (const [i, { x, y }] of overridesOf(task).entries()) {
    if (x < width && y < height) continue;
    const [axis, value, limit] = x >= width ? ['x', x, width] : ['y', y, height];
    throw new PlayError(
      `overrides.${i}.${axis}`,
      `is ${value}; accepted: 0 to ${(limit as number) - 1} in this world`,
    );
  }
}

function playScript(name: ScriptedPolicy, task: PlayTask): Replay {
  for (const [field, given] of [
    ['overrides', task.overrides.length > 0],
    ['ablation', task.ablation !== 'none'],
    ['planner', (task.planner ?? 'own') !== 'own'],
    ['doer', (task.doer ?? 'own') !== 'own'],
    ['goals', task.goals !== undefined],
    ['depth', task.depth !== undefined],
    ['a change', Object.keys(task.change ?? {}).some((name) => name !== 'at')],
  ] as const)
    if (given) throw new PlayError(field, `has no meaning for the policy "${name}"`);
  const { levelId, seed, chance = seed, maxSteps = Infinity } = task;
  const { episode, expert } = taskOf(levelId).createWorld(levelId, { recording: true });
  episode.begin(seed);
  expert.begin();
  const random = chanceOf(chance);
  while (!episode.over && episode.steps < maxSteps) {
    if (name === 'expert') expert.ask(episode.actions.at(-1) ?? -1);
    const own = name === 'expert' ? expert.action : random.below(NUM_ACTIONS);
    const action = task.actions[episode.steps] ?? own;
    // The episode ends where the expert is stuck.
    if (action < 0) break;
    episode.step(action);
  }
  return finish(task, episode);
}

let plays = 0;

function finish(task: PlayTask, episode: Episode, mind?: Replay['mind'], model?: Policy): Replay {
  const { overrides, actions, source } = task;
  const forced = Math.min(actions.length, episode.steps);
  const kind = source.kind === 'script' && source.name === 'expert' ? 'bot' : 'evaluation';
  const { runId, envSteps } = task;
  // A checkpoint's path may be longer than what a recording says of its policy.
  const name = task.name.length > 80 ? `…${task.name.slice(-79)}` : task.name;
  const played: Played = { ...playedAs(task, model), overrides: [...overrides], forced };
  const id = `play.${task.seed}.${Date.now().toString(36)}.${(plays++).toString(36)}`;
  // Settings that change on the way are not those of an episode.
  const isChanged = Object.keys(task.change ?? {}).some((key) => key !== 'at');
  const how = isChanged ? undefined : { played };
  return episode.document(id, { kind, runId, policy: name, envSteps }, { mind, ...how });
}
