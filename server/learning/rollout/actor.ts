import { trainingSeeds, VectorEnv, type VectorEnvRecord } from '../../../envs/index.ts';
import { NUM_ACTIONS, VIEW_BYTES } from '../../../shared/constants.ts';
import type { Replay } from '../../../shared/replay.ts';
import type { RewardWeights } from '../../../shared/rewards.ts';
import { GoalKeeper, type GoalKeeperRecord } from '../../play/goalKeeper.ts';
import { Observer } from '../../play/observer.ts';
import { poseAfter, poseOf, sees } from '../../play/poses.ts';
import { type ActResult, act, likeliestGoal, writeGoalClass } from '../../policy/act.ts';
import { GOAL_FEATURES } from '../../policy/features.ts';
import type { Pose } from '../../policy/goalFrame.ts';
import { InputBuilder, ObservationRows } from '../../policy/inputs.ts';
import type { HrmModel, Weights } from '../../policy/model.ts';
import { initialCarry } from '../../policy/parameters.ts';
import { Random } from '../../policy/random.ts';
import { EpisodeLog } from './episodeLog.ts';
import type { Planes, ShownCarries } from './plane.ts';
import { dropPartial, Readouts } from './readouts.ts';
import type { Rollout } from './rollout.ts';
import { Teacher, type Teaching } from './teacher.ts';

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
  /** Keep of those how each thought came about, too; see `readouts.ts`. */
  readouts?: boolean;
  /** Steps that the whole run makes when this actor's worlds make one; by default its own. */
  stepsPerTurn?: number;
  runId: string;
}

/** Where all worlds of one actor stand, and what the policy carries in them. */
export interface ActorRecord {
  worlds: VectorEnvRecord;
  zH: Float32Array;
  zL: Float32Array;
  previousActions: Int8Array;
  goals: GoalKeeperRecord;
  random: number[];
}

/** Where an episode was cut off by its step limit. */
interface CutOff {
  /** Entry of the rollout. */
  at: number;
  observation: ObservationRows;
  zH: Float32Array;
  zL: Float32Array;
}

/** Plays many worlds at once with one policy and writes down what learning needs. */
export class Actor {
  readonly worlds: VectorEnv;
  readonly log: EpisodeLog;
  readonly goals: GoalKeeper;
  private readonly model: HrmModel;
  private readonly options: ActorOptions;
  private readonly random: Random;
  private readonly teacher: Teacher;
  private readonly builder = new InputBuilder();
  private readonly observer: Observer;
  private readonly width: number;
  private readonly start: { zH: Float32Array; zL: Float32Array };
  private readonly zH: Float32Array;
  private readonly zL: Float32Array;
  private readonly previousActions: Int8Array;
  private readonly keptRows: Int32Array;
  private readonly replanning: Uint8Array;
  private readonly missions: string[];

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
    this.teacher = new Teacher(this.worlds, this.random);
    this.observer = new Observer(envs, model.config);
    for (let env = 0; env < envs; env++) this.begin(env);
  }

  private begin(env: number): void {
    this.zH.set(this.start.zH, env * this.width);
    this.zL.set(this.start.zL, env * this.width);
    this.previousActions[env] = -1;
    this.goals.drop(env);
    this.teacher.begin(env);
    this.missions[env] = this.worlds.mission(env);
    this.observer.begin(env, this.worlds.envs[env].state);
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
      // The expert's plan and the memory depend on all that was seen, so it is seen again.
      for (const [t, action] of actions[env].entries()) {
        this.teacher.watch(env, t === 0 ? -1 : actions[env][t - 1]);
        this.look(env);
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

  /** Takes in the present observation of one world. */
  private look(env: number): void {
    const { worlds } = this;
    const { state } = worlds.envs[env];
    const observation = {
      image: worlds.observations,
      offset: env * VIEW_BYTES,
      direction: worlds.directions[env],
      previousAction: this.previousActions[env],
      mission: this.missions[env],
    };
    this.observer.look(env, observation, poseOf(state), state.stepCount);
  }

  /** The observation after the last step of an episode, which its world no longer shows. */
  private lastLook(env: number, pose: Pose, step: number, action: number): ObservationRows {
    const { worlds } = this;
    const observation = {
      image: worlds.finalObservations,
      offset: env * VIEW_BYTES,
      direction: worlds.finalDirections[env],
      previousAction: action,
      mission: this.missions[env],
    };
    this.observer.look(env, observation, pose, step);
    const rows = new ObservationRows(1);
    rows.copy(0, this.observer.rows, env, 1);
    return rows;
  }

  /** Asks the policy about the present state of all worlds. */
  private async think(weights: Weights, teaching: Teaching): Promise<ActResult> {
    const { worlds, goals } = this;
    const envs = this.options.envs;
    for (let env = 0; env < envs; env++) {
      if (teaching.labels) this.teacher.ask(env, this.previousActions[env]);
      if (teaching.counterfactual > 0 && this.teacher.endsDecoy(env, teaching.counterfactual))
        goals.drop(env);
      const pose = poseOf(worlds.envs[env].state);
      goals.rows(env, pose, this.keptRows, env * GOAL_FEATURES);
      this.look(env);
      const due = !goals.has(env) || goals.age[env] >= this.model.config.maxGoalLife;
      const explore = teaching.exploreReplan > 0 && this.random.uniform() < teaching.exploreReplan;
      if (this.teacher.hasDecoy(env)) this.replanning[env] = goals.has(env) ? 2 : 1;
      else this.replanning[env] = due || explore ? 1 : 0;
    }
    const inputs = this.builder.build(this.observer.rows);
    return act(this.model, weights, {
      inputs,
      zH: this.zH,
      zL: this.zL,
      goals: this.keptRows,
      replanning: this.replanning,
      chooseGoal: (env, logits, offset) => {
        if (this.teacher.hasDecoy(env)) return this.teacher.decoyGoal(env);
        const taught =
          teaching.goals > 0 &&
          this.teacher.subgoal[env] >= 0 &&
          this.random.uniform() < teaching.goals;
        return taught ? this.teacher.goal(env) : likeliestGoal(logits, offset);
      },
    });
  }

  /**
   * Plays `rollout.steps` steps in every world with the given weights, into `rollout`. Returns carries
   * of the episodes that are kept with readouts; `planes` is where theirs are drawn.
   * @param onEpisode told of each episode that is to be shown as soon as it is over
   */
  async collect(
    rollout: Rollout,
    weights: Weights,
    teaching: Teaching,
    planes?: Planes,
    onEpisode?: (replay: Replay) => void,
  ): Promise<ShownCarries[]> {
    const { worlds, options, log } = this;
    const { envs } = options;
    const cutOff: CutOff[] = [];
    const readouts = options.readouts
      ? new Readouts(this.model, weights, this.builder, rollout, options.recorded, planes)
      : undefined;
    log.beginRollout();
    for (let t = 0; t < rollout.steps; t++) {
      const base = t * envs;
      const thought = await this.think(weights, teaching);
      this.store(rollout, base, thought, teaching);
      for (let env = 0; env < envs; env++) {
        const i = base + env;
        const action = this.teacher.acts(env, teaching)
          ? this.teacher.action[env]
          : this.random.categorical(thought.probabilities, env * NUM_ACTIONS, NUM_ACTIONS);
        rollout.actions[i] = action;
        rollout.logProbs[i] = Math.log(
          Math.max(thought.probabilities[env * NUM_ACTIONS + action], 1e-8),
        );
        if (env >= options.recorded) continue;
        const mind = log.decide(env, thought, this.goals);
        const pose = poseOf(worlds.envs[env].state);
        if (mind) readouts?.add(env, { mind, pose, row: i });
      }
      this.zH.set(thought.zH);
      this.zL.set(thought.zL);
      const poses = worlds.envs.map(({ state }, env) =>
        poseAfter(state, rollout.actions[base + env]),
      );
      const steps = worlds.envs.map(({ state }) => state.stepCount + 1);
      worlds.step(rollout.actions.subarray(base, base + envs));
      log.envSteps += options.stepsPerTurn ?? envs;
      for (let env = 0; env < envs; env++) {
        const i = base + env;
        rollout.rewards[i] = worlds.rewards[env] * options.rewardScale;
        rollout.terminated[i] = worlds.terminated[env];
        rollout.truncated[i] = worlds.terminated[env] ? 0 : worlds.truncated[env];
        const over = worlds.terminated[env] || worlds.truncated[env];
        const replay = log.step(env, over !== 0);
        if (replay) {
          await readouts?.read(env);
          if (replay.mind) dropPartial(replay.mind, replay.outcome.steps);
          onEpisode?.(replay);
        } else if (over) readouts?.drop(env);
        this.goals.afterStep(env, poses[env], (x, y) => !over && sees(worlds, env, x, y));
        if (!over) {
          this.previousActions[env] = rollout.actions[i];
          continue;
        }
        if (rollout.truncated[i]) {
          cutOff.push({
            at: i,
            observation: this.lastLook(env, poses[env], steps[env], rollout.actions[i]),
            zH: this.zH.slice(env * this.width, (env + 1) * this.width),
            zL: this.zL.slice(env * this.width, (env + 1) * this.width),
          });
        }
        this.begin(env);
      }
    }
    await this.bootstrap(rollout, weights, cutOff);
    await readouts?.readRest();
    return readouts?.carries ?? [];
  }

  private store(rollout: Rollout, base: number, thought: ActResult, teaching: Teaching): void {
    const { worlds, goals, teacher } = this;
    const { envs } = this.options;
    rollout.observations.copy(base, this.observer.rows, 0, envs);
    rollout.zH.set(this.zH, base * this.width);
    rollout.zL.set(this.zL, base * this.width);
    rollout.goals.set(this.keptRows, base * GOAL_FEATURES);
    rollout.replanned.set(thought.replanned, base);
    rollout.probabilities.set(thought.probabilities, base * NUM_ACTIONS);
    rollout.values.set(thought.values, base);
    for (let env = 0; env < envs; env++) {
      const i = base + env;
      const decoy = teacher.hasDecoy(env);
      const labelled = !decoy && teacher.labels(env, teaching);
      rollout.expertActions[i] = labelled || decoy ? teacher.action[env] : -1;
      rollout.expertSubgoals[i] = labelled ? teacher.subgoal[env] : -1;
      const pose = poseOf(worlds.envs[env].state);
      rollout.expertCells[i] = labelled
        ? GoalKeeper.classOf(pose, teacher.x[env], teacher.y[env])
        : -1;
      rollout.keptGoalRight[i] =
        !labelled || !goals.has(env)
          ? -1
          : teacher.approves(env, goals.subgoal[env], goals.x[env], goals.y[env])
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
    cutOff: readonly CutOff[],
  ): Promise<void> {
    const { worlds } = this;
    const { envs } = this.options;
    const total = envs + cutOff.length;
    const observations = new ObservationRows(total);
    const zH = new Float32Array(total * this.width);
    const zL = new Float32Array(total * this.width);
    const goals = new Int32Array(total * GOAL_FEATURES).fill(-1);
    zH.set(this.zH);
    zL.set(this.zL);
    for (let env = 0; env < envs; env++) {
      this.goals.rows(env, poseOf(worlds.envs[env].state), goals, env * GOAL_FEATURES);
      this.look(env);
    }
    observations.copy(0, this.observer.rows, 0, envs);
    for (const [k, end] of cutOff.entries()) {
      const i = envs + k;
      observations.copy(i, end.observation, 0, 1);
      zH.set(end.zH, i * this.width);
      zL.set(end.zL, i * this.width);
    }
    const inputs = this.builder.build(observations);
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
}

const likeliestChoice = (_i: number, logits: Float32Array, offset: number) =>
  likeliestGoal(logits, offset);
