import { Bot } from '../../envs/bot/index.ts';
import {
  cellState,
  cellType,
  type EnvState,
  trainingSeeds,
  VectorEnv,
  type VectorEnvRecord,
} from '../../envs/index.ts';
import {
  Action,
  AGENT_VIEW_X,
  AGENT_VIEW_Y,
  DoorState,
  NUM_ACTIONS,
  ObjectType,
  VIEW_BYTES,
  VIEW_SIZE,
} from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import { type ActResult, act, likeliestGoal, writeGoalClass } from '../policy/act.ts';
import { GOAL_FEATURES, GOAL_NONE } from '../policy/features.ts';
import { forwardOf, rightOf } from '../policy/goalFrame.ts';
import { InputBuilder } from '../policy/inputs.ts';
import type { HrmModel, Weights } from '../policy/model.ts';
import { initialCarry } from '../policy/parameters.ts';
import { Random } from '../policy/random.ts';
import { EpisodeLog } from './episodeLog.ts';
import { GoalKeeper, type GoalKeeperRecord } from './goalKeeper.ts';
import type { Rollout } from './rollout.ts';
import { actionTowards } from './towards.ts';

export interface ActorOptions {
  levelIds: string[];
  envs: number;
  seed: number;
  /** Which worker this is: worlds and chance differ between workers. */
  rank: number;
  rewards: RewardWeights;
  rewardScale: number;
  /** Environment steps of the run before this actor. */
  envSteps?: number;
  /** Whole episodes of the first so many worlds are kept for viewers. */
  recorded: number;
  runId: string;
}

const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');

/** Where all worlds of one actor stand, and what the policy carries in them. */
export interface ActorRecord {
  worlds: VectorEnvRecord;
  zH: Float32Array;
  zL: Float32Array;
  previousActions: Int8Array;
  goals: GoalKeeperRecord;
  random: number[];
}

/** What the expert contributes to a rollout. */
export interface Teaching {
  /** Ask the expert at every step. */
  labels: boolean;
  /** Share of the worlds in which the expert acts instead of the policy. */
  demonstrations: number;
  /** Probability that a goal to be announced is the expert's instead of the Planner's. */
  goals: number;
  /** Probability of asking the Planner although the halting head would not. */
  exploreReplan: number;
  /**
   * Share of episodes that begin with a goal which is not the mission's: some object within reach of a goal, and the
   * way there as the expert's actions. They teach the Doer to obey the goal, whatever the mission says.
   */
  counterfactual: number;
}
export const NO_TEACHING: Teaching = {
  labels: false,
  demonstrations: 0,
  goals: 0,
  exploreReplan: 0,
  counterfactual: 0,
};
/** How the expert teaches while cloning. */
export const CLONING: Teaching = {
  labels: true,
  demonstrations: 0.5,
  goals: 0.7,
  exploreReplan: 0.05,
  counterfactual: 0.25,
};

/** Plays many worlds at once with one policy and writes down what learning needs. */
export class Actor {
  readonly worlds: VectorEnv;
  readonly log: EpisodeLog;
  readonly goals: GoalKeeper;
  private readonly model: HrmModel;
  private readonly options: ActorOptions;
  private readonly random: Random;
  private readonly bots: Bot[] = [];
  private readonly builder = new InputBuilder();
  private readonly width: number;
  private readonly start: { zH: Float32Array; zL: Float32Array };
  private readonly zH: Float32Array;
  private readonly zL: Float32Array;
  private readonly previousActions: Int8Array;
  private readonly keptRows: Int32Array;
  private readonly replanning: Uint8Array;
  private readonly missions: string[];
  /** World cell of the object that a counterfactual goal names; −1 without one, −2 before it is decided. */
  private readonly decoyX: Int16Array;
  private readonly decoyY: Int16Array;
  private readonly expert: {
    action: Int32Array;
    subgoal: Int32Array;
    x: Int32Array;
    y: Int32Array;
  };

  constructor(model: HrmModel, options: ActorOptions) {
    const { envs } = options;
    this.model = model;
    this.options = options;
    this.random = new Random(options.seed, 100 + options.rank);
    const seeds = trainingSeeds(options.seed);
    this.worlds = new VectorEnv({
      levels: Array.from({ length: envs }, (_, i) => options.levelIds[i % options.levelIds.length]),
      seeds: (env, episode) => seeds(options.rank * envs + env, episode),
      rewards: options.rewards,
    });
    this.log = new EpisodeLog(this.worlds, { ...options, policy: model.config.kind });
    this.missions = this.worlds.envs.map((env) => env.mission);
    this.log.envSteps = options.envSteps ?? 0;
    this.goals = new GoalKeeper(envs);
    this.start = initialCarry(model.config);
    this.width = this.start.zH.length;
    this.zH = new Float32Array(envs * this.width);
    this.zL = new Float32Array(envs * this.width);
    this.previousActions = new Int8Array(envs);
    this.keptRows = new Int32Array(envs * GOAL_FEATURES);
    this.replanning = new Uint8Array(envs);
    this.decoyX = new Int16Array(envs);
    this.decoyY = new Int16Array(envs);
    const column = () => new Int32Array(envs).fill(-1);
    this.expert = { action: column(), subgoal: column(), x: column(), y: column() };
    for (let env = 0; env < envs; env++) {
      this.bots.push(new Bot(this.worlds.envs[env]));
      this.begin(env);
    }
  }

  private begin(env: number): void {
    this.zH.set(this.start.zH, env * this.width);
    this.zL.set(this.start.zL, env * this.width);
    this.previousActions[env] = -1;
    this.decoyX[env] = -2;
    this.goals.drop(env);
    this.bots[env].reset();
    this.missions[env] = this.worlds.mission(env);
    this.log.begin(env);
  }

  /** New weights of the reward terms, from the next step on. */
  setRewards(rewards: RewardWeights): void {
    if (
      Object.entries(rewards).every(
        ([id, weight]) => this.log.rewards[id as keyof RewardWeights] === weight,
      )
    )
      return;
    this.worlds.setRewards(rewards);
    this.log.setRewards(rewards);
  }

  record(): ActorRecord {
    return {
      worlds: this.worlds.record(),
      zH: this.zH.slice(),
      zL: this.zL.slice(),
      previousActions: this.previousActions.slice(),
      goals: this.goals.record(),
      random: Array.from(this.random.state),
    };
  }

  /** Goes on where `record` was taken: same levels, seed, rank and number of worlds. */
  restore(record: ActorRecord): void {
    const { actions } = record.worlds;
    this.worlds.restore({ ...record.worlds, actions: actions.map(() => []) });
    for (let env = 0; env < this.options.envs; env++) {
      this.begin(env);
      // The expert's plan depends on all that it saw, so it sees it again.
      for (const [t, action] of actions[env].entries()) {
        this.bots[env].next(t === 0 ? undefined : actions[env][t - 1]);
        this.worlds.stepOnly(env, action);
      }
      this.missions[env] = this.worlds.mission(env);
    }
    this.zH.set(record.zH);
    this.zL.set(record.zL);
    this.previousActions.set(record.previousActions);
    this.goals.restore(record.goals);
    this.random.state.set(record.random);
  }

  private images(): Uint8Array {
    return this.worlds.observations;
  }

  /** Asks the policy about the present state of all worlds. */
  private async think(weights: Weights, teaching: Teaching): Promise<ActResult> {
    const { worlds, goals } = this;
    const envs = this.options.envs;
    for (let env = 0; env < envs; env++) {
      if (teaching.labels) this.ask(env);
      if (teaching.counterfactual > 0) this.askDecoy(env, teaching.counterfactual);
      const pose = poseOf(worlds, env);
      goals.rows(env, pose, this.keptRows, env * GOAL_FEATURES);
      const due = !goals.has(env) || goals.age[env] >= this.model.config.maxGoalLife;
      const explore = teaching.exploreReplan > 0 && this.random.uniform() < teaching.exploreReplan;
      if (this.decoyX[env] >= 0) this.replanning[env] = goals.has(env) ? 2 : 1;
      else this.replanning[env] = due || explore ? 1 : 0;
    }
    const inputs = this.builder.build({
      images: this.images(),
      directions: worlds.directions,
      previousActions: this.previousActions,
      missions: this.missions,
    });
    return act(this.model, weights, {
      inputs,
      zH: this.zH,
      zL: this.zL,
      goals: this.keptRows,
      replanning: this.replanning,
      chooseGoal: (env, logits, offset) => {
        if (this.decoyX[env] >= 0)
          return {
            subgoal: GO_NEXT_TO,
            cell: GoalKeeper.classOf(poseOf(worlds, env), this.decoyX[env], this.decoyY[env]),
          };
        const taught =
          teaching.goals > 0 &&
          this.expert.subgoal[env] >= 0 &&
          this.random.uniform() < teaching.goals;
        return taught ? this.expertGoal(env) : likeliestGoal(logits, offset);
      },
    });
  }

  private ask(env: number): void {
    const { expert } = this;
    const previous = this.previousActions[env];
    const advice = this.bots[env].next(previous < 0 ? undefined : previous);
    const known = !('stuck' in advice);
    expert.action[env] = known ? advice.action : -1;
    expert.subgoal[env] = known ? SUBGOALS.indexOf(advice.subgoal.kind) : -1;
    expert.x[env] = known ? advice.subgoal.targetX : -1;
    expert.y[env] = known ? advice.subgoal.targetY : -1;
  }

  /** Goes on with a counterfactual goal, or ends it: then the kept goal is dropped and the mission counts again. */
  private askDecoy(env: number, share: number): void {
    const { state } = this.worlds.envs[env];
    if (this.decoyX[env] === -2) [this.decoyX[env], this.decoyY[env]] = this.pickDecoy(env, share);
    if (this.decoyX[env] < 0) return;
    const action = actionTowards(state, this.decoyX[env], this.decoyY[env]);
    if (action < 0 || action === Action.done || state.stepCount > state.maxSteps / 2) {
      this.decoyX[env] = -1;
      this.goals.drop(env);
      return;
    }
    this.expert.action[env] = action;
  }

  private pickDecoy(env: number, share: number): [number, number] {
    if (this.random.uniform() >= share) return [-1, -1];
    const { state } = this.worlds.envs[env];
    const near: number[] = [];
    for (let id = 0; id < state.objectCount; id++) {
      if (!state.isInGrid(id)) continue;
      const cell = GoalKeeper.classOf(
        poseOf(this.worlds, env),
        state.objectX[id],
        state.objectY[id],
      );
      if (cell !== GOAL_NONE) near.push(id);
    }
    if (near.length === 0) return [-1, -1];
    const id = near[this.random.below(near.length)];
    return [state.objectX[id], state.objectY[id]];
  }

  private expertGoal(env: number) {
    const { subgoal, x, y } = this.expert;
    return {
      subgoal: subgoal[env],
      cell: GoalKeeper.classOf(poseOf(this.worlds, env), x[env], y[env]),
    };
  }

  /** Plays `rollout.steps` steps in every world with the given weights, into `rollout`. */
  async collect(rollout: Rollout, weights: Weights, teaching: Teaching): Promise<void> {
    const { worlds, options } = this;
    const { envs } = options;
    const cutOff: {
      at: number;
      image: Uint8Array;
      direction: number;
      mission: string;
      zH: Float32Array;
      zL: Float32Array;
      action: number;
    }[] = [];
    for (let t = 0; t < rollout.steps; t++) {
      const base = t * envs;
      const thought = await this.think(weights, teaching);
      this.store(rollout, base, thought, teaching);
      for (let env = 0; env < envs; env++) {
        const i = base + env;
        const demonstrated = env < teaching.demonstrations * envs && this.expert.action[env] >= 0;
        const action = demonstrated
          ? this.expert.action[env]
          : this.random.categorical(thought.probabilities, env * NUM_ACTIONS, NUM_ACTIONS);
        rollout.actions[i] = action;
        rollout.logProbs[i] = Math.log(
          Math.max(thought.probabilities[env * NUM_ACTIONS + action], 1e-8),
        );
        if (env < options.recorded) this.log.decide(env, thought, this.goals);
      }
      this.zH.set(thought.zH);
      this.zL.set(thought.zL);
      const poses = worlds.envs.map(({ state }, env) =>
        poseAfter(state, rollout.actions[base + env]),
      );
      worlds.step(rollout.actions.subarray(base, base + envs));
      this.log.envSteps += envs;
      for (let env = 0; env < envs; env++) {
        const i = base + env;
        rollout.rewards[i] = worlds.rewards[env] * options.rewardScale;
        rollout.terminated[i] = worlds.terminated[env];
        rollout.truncated[i] = worlds.terminated[env] ? 0 : worlds.truncated[env];
        const over = worlds.terminated[env] || worlds.truncated[env];
        this.log.step(env, over !== 0);
        this.goals.afterStep(env, poses[env], (x, y) => !over && this.sees(env, x, y));
        if (!over) {
          this.previousActions[env] = rollout.actions[i];
          continue;
        }
        if (rollout.truncated[i]) {
          cutOff.push({
            at: i,
            image: worlds.finalObservations.slice(env * VIEW_BYTES, (env + 1) * VIEW_BYTES),
            direction: worlds.finalDirections[env],
            mission: rollout.missions[i],
            zH: this.zH.slice(env * this.width, (env + 1) * this.width),
            zL: this.zL.slice(env * this.width, (env + 1) * this.width),
            action: rollout.actions[i],
          });
        }
        this.begin(env);
      }
    }
    await this.bootstrap(rollout, weights, cutOff);
  }

  private store(rollout: Rollout, base: number, thought: ActResult, teaching: Teaching): void {
    const { worlds, goals, expert } = this;
    const { envs } = this.options;
    rollout.images.set(this.images().subarray(0, envs * VIEW_BYTES), base * VIEW_BYTES);
    rollout.directions.set(worlds.directions, base);
    rollout.previousActions.set(this.previousActions, base);
    rollout.zH.set(this.zH, base * this.width);
    rollout.zL.set(this.zL, base * this.width);
    rollout.goals.set(this.keptRows, base * GOAL_FEATURES);
    rollout.replanned.set(thought.replanned, base);
    rollout.probabilities.set(thought.probabilities, base * NUM_ACTIONS);
    rollout.values.set(thought.values, base);
    for (let env = 0; env < envs; env++) {
      const i = base + env;
      const decoy = this.decoyX[env] >= 0;
      const labelled = teaching.labels && !decoy && expert.subgoal[env] >= 0;
      rollout.missions[i] = this.missions[env];
      rollout.expertActions[i] = labelled || decoy ? expert.action[env] : -1;
      rollout.expertSubgoals[i] = labelled ? expert.subgoal[env] : -1;
      const pose = poseOf(worlds, env);
      rollout.expertCells[i] = labelled
        ? GoalKeeper.classOf(pose, expert.x[env], expert.y[env])
        : -1;
      rollout.keptGoalRight[i] =
        !labelled || !goals.has(env)
          ? -1
          : goals.is(env, expert.subgoal[env], expert.x[env], expert.y[env])
            ? 1
            : 0;
      if (thought.replanned[env]) {
        const goal = { subgoal: thought.subgoals[env], cell: thought.cells[env] };
        writeGoalClass(goal, rollout.newGoals, i * GOAL_FEATURES);
        goals.announce(env, goal, pose);
      }
    }
  }

  /** Values of the states after the last step, and of those in which episodes were cut off. */
  private async bootstrap(
    rollout: Rollout,
    weights: Weights,
    cutOff: {
      at: number;
      image: Uint8Array;
      direction: number;
      mission: string;
      zH: Float32Array;
      zL: Float32Array;
      action: number;
    }[],
  ): Promise<void> {
    const { worlds } = this;
    const { envs } = this.options;
    const total = envs + cutOff.length;
    const images = new Uint8Array(total * VIEW_BYTES);
    const directions = new Uint8Array(total);
    const previousActions = new Int8Array(total);
    const zH = new Float32Array(total * this.width);
    const zL = new Float32Array(total * this.width);
    const goals = new Int32Array(total * GOAL_FEATURES).fill(-1);
    images.set(this.images().subarray(0, envs * VIEW_BYTES));
    directions.set(worlds.directions);
    previousActions.set(this.previousActions);
    zH.set(this.zH);
    zL.set(this.zL);
    for (let env = 0; env < envs; env++)
      this.goals.rows(env, poseOf(worlds, env), goals, env * GOAL_FEATURES);
    for (const [k, end] of cutOff.entries()) {
      const i = envs + k;
      images.set(end.image, i * VIEW_BYTES);
      directions[i] = end.direction;
      previousActions[i] = end.action;
      zH.set(end.zH, i * this.width);
      zL.set(end.zL, i * this.width);
    }
    const missions = [...this.missions, ...cutOff.map((end) => end.mission)];
    const inputs = this.builder.build({ images, directions, previousActions, missions });
    const replanning = new Uint8Array(total).fill(2);
    const thought = await act(this.model, weights, {
      inputs,
      zH,
      zL,
      goals,
      replanning,
      chooseGoal: likeliestChoice,
    });
    rollout.lastValues.set(thought.values.subarray(0, envs));
    for (const [k, end] of cutOff.entries()) rollout.finalValues[end.at] = thought.values[envs + k];
  }

  /** Whether a world cell is lit in the present observation. */
  private sees(env: number, x: number, y: number): boolean {
    const pose = poseOf(this.worlds, env);
    const vx = AGENT_VIEW_X + rightOf(pose, x, y);
    const vy = AGENT_VIEW_Y - forwardOf(pose, x, y);
    if (vx < 0 || vy < 0 || vx >= VIEW_SIZE || vy >= VIEW_SIZE) return false;
    return this.images()[env * VIEW_BYTES + (vx * VIEW_SIZE + vy) * 3] !== 0;
  }
}

const likeliestChoice = (_i: number, logits: Float32Array, offset: number) =>
  likeliestGoal(logits, offset);

function poseOf(worlds: VectorEnv, env: number) {
  const state = worlds.envs[env].state;
  return { x: state.agentX, y: state.agentY, direction: state.agentDir };
}

/** Where the agent stands after an action: episodes that end are reset before anyone could look. */
function poseAfter(state: EnvState, action: number) {
  const { agentX: x, agentY: y, agentDir: direction } = state;
  if (action === Action.left) return { x, y, direction: (direction + 3) % 4 };
  if (action === Action.right) return { x, y, direction: (direction + 1) % 4 };
  const front = state.frontCode();
  const type = cellType(front);
  const open =
    type === ObjectType.empty || (type === ObjectType.door && cellState(front) === DoorState.open);
  if (action === Action.forward && open) return { x: state.frontX, y: state.frontY, direction };
  return { x, y, direction };
}
