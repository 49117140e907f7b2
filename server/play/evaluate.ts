import { Bot } from '../../envs/bot/index.ts';
import { type BabyAIEnv, createEnv, descriptionsOf } from '../../envs/index.ts';
import { NUM_ACTIONS, VIEW_BYTES } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Ablation } from '../../shared/play.ts';
import { wilsonInterval } from '../../shared/statistics.ts';
import { act, argmax, likeliestGoal } from '../policy/act.ts';
import { GOAL_FEATURES } from '../policy/features.ts';
import { InputBuilder } from '../policy/inputs.ts';
import type { HrmModel, Weights } from '../policy/model.ts';
import { initialCarry } from '../policy/parameters.ts';
import { Random } from '../policy/random.ts';
import { GoalKeeper } from './goalKeeper.ts';
import { Observer } from './observer.ts';
import { isLit, poseOf } from './poses.ts';
import { type GivenGoal, isDealtWith, type Steering } from './steering.ts';

export interface EvaluateOptions {
  levelId: string;
  episodes: number;
  /** Level seeds are seedBase, seedBase + 1, … */
  seedBase: number;
  /** Take the likeliest action instead of drawing one. */
  greedy: boolean;
  /** `other-object`: at the start the Planner is told to go to an object that the mission does not mean. */
  override?: 'other-object';
  /** Planner updates each time it replans; by default as trained. */
  depth?: number;
  /** What is switched off; by default nothing. */
  ablation?: Ablation;
  /** Seed of the draws of actions; by default each episode's own seed. */
  chance?: number;
  /** Worlds played at the same time. */
  batch?: number;
  onProgress?: (done: number) => void;
}

export interface Evaluation {
  episodes: number;
  success: number;
  /** 95 % Wilson interval of success. */
  ci95: [number, number];
  /** Mean mission reward. */
  meanReturn: number;
  meanLength: number;
  goalHitRate: number;
  meanGoalLife: number;
  meanPonder: number;
  /** Share of announced goals whose subgoal, and whose subgoal and target, were the expert's. */
  subgoalAccuracy: number;
  goalAccuracy: number;
  /** With an override: share of episodes in which the agent faced the named object before any other. */
  overrideFollowed?: number;
}

const GO_NEXT_TO = SUBGOALS.indexOf('goNextTo');

interface Seat {
  env: BabyAIEnv;
  bot: Bot;
  episode: number;
  random: Random;
  /** A goal that the Planner was given, as long as it holds. */
  given: GivenGoal | undefined;
  /** World cell of the object that the override names. */
  aim: { x: number; y: number } | undefined;
  /** 1 when the named object was faced first, 0 when another was, −1 so far neither. */
  followed: number;
}

/**
 * Plays episodes on the given seeds without learning. Each episode has its own chance, so the batch size does not matter.
 * @param steering only with a single episode
 */
export async function evaluate(
  model: HrmModel,
  weights: Weights,
  options: EvaluateOptions,
  steering?: Steering,
): Promise<Evaluation> {
  const { ablation } = options;
  const batch = Math.min(options.batch ?? 64, options.episodes);
  const start = initialCarry(model.config);
  const width = start.zH.length;
  const zH = new Float32Array(batch * width);
  const zL = new Float32Array(batch * width);
  const images = new Uint8Array(batch * VIEW_BYTES);
  const previousActions = new Int8Array(batch);
  const observer = new Observer(batch, model.config);
  const goals = new GoalKeeper(batch);
  const rows = new Int32Array(batch * GOAL_FEATURES);
  const replanning = new Uint8Array(batch);
  const doerHeld = new Uint8Array(batch);
  const builder = new InputBuilder();
  const totals = {
    success: 0,
    reward: 0,
    length: 0,
    done: 0,
    ponder: 0,
    steps: 0,
    announced: 0,
    kind: 0,
    goal: 0,
    followed: 0,
  };
  let next = 0;

  const seats: Seat[] = Array.from({ length: batch }, () => {
    const env = createEnv(options.levelId);
    env.reset(options.seedBase);
    return {
      env,
      bot: new Bot(env),
      episode: -1,
      random: new Random(0),
      given: undefined,
      aim: undefined,
      followed: -1,
    };
  });
  const begin = (i: number) => {
    const seat = seats[i];
    seat.episode = next < options.episodes ? next++ : -1;
    if (seat.episode < 0) return;
    const seed = options.seedBase + seat.episode;
    seat.env.forget();
    const { image } = seat.env.reset(seed);
    images.set(image, i * VIEW_BYTES);
    previousActions[i] = -1;
    observer.begin(i, seat.env.state);
    seat.bot.reset();
    seat.random = new Random(options.chance ?? seed, 7);
    zH.set(start.zH, i * width);
    zL.set(start.zL, i * width);
    goals.drop(i);
    seat.followed = -1;
    seat.aim = options.override ? otherObject(seat.env) : undefined;
    seat.given = seat.aim && { ...seat.aim, subgoal: GO_NEXT_TO, until: 'end' };
    steering?.begin(seat.env);
  };
  for (let i = 0; i < batch; i++) begin(i);

  const sees = (i: number, x: number, y: number) =>
    isLit(images, i * VIEW_BYTES, poseOf(seats[i].env.state), x, y);

  while (totals.done < options.episodes) {
    const advice = seats.map((seat, i) =>
      seat.episode < 0
        ? undefined
        : seat.bot.next(previousActions[i] < 0 ? undefined : previousActions[i]),
    );
    for (let i = 0; i < batch; i++) {
      const { state, mission } = seats[i].env;
      const pose = poseOf(state);
      goals.rows(i, pose, rows, i * GOAL_FEATURES);
      const observation = {
        image: images,
        offset: i * VIEW_BYTES,
        direction: pose.direction,
        previousAction: previousActions[i],
        mission,
      };
      observer.look(i, observation, pose, state.stepCount);
      const told = steering?.goal(state.stepCount);
      if (told) seats[i].given = told;
      doerHeld[i] = ablation === 'frozenDoer' && state.stepCount > 0 ? 1 : 0;
      if (ablation === 'withoutPlanner') replanning[i] = 2;
      else if (told || !goals.has(i)) replanning[i] = 1;
      else if (seats[i].given || ablation === 'frozenPlanner') replanning[i] = 2;
      else replanning[i] = goals.age[i] >= model.config.maxGoalLife ? 1 : 0;
    }
    steering?.thinking?.(observer.rows, zH, zL, rows);
    const inputs = builder.build(observer.rows);
    const thought = await act(model, weights, {
      inputs,
      zH,
      zL,
      goals: rows,
      replanning,
      depth: options.depth,
      doerHeld,
      chooseGoal: (i, logits, offset) => {
        const { given, env } = seats[i];
        if (!given) return likeliestGoal(logits, offset);
        const cell = GoalKeeper.classOf(poseOf(env.state), given.x, given.y);
        return { subgoal: given.subgoal, cell };
      },
    });
    zH.set(thought.zH);
    zL.set(thought.zL);
    for (let i = 0; i < batch; i++) {
      const seat = seats[i];
      if (seat.episode < 0) continue;
      totals.steps++;
      totals.ponder += 1 + thought.replanned[i];
      if (thought.replanned[i]) {
        const goal = { subgoal: thought.subgoals[i], cell: thought.cells[i] };
        goals.announce(i, goal, poseOf(seat.env.state));
        if (seat.given) goals.place(i, seat.given.x, seat.given.y);
        const expert = advice[i];
        if (expert && !('stuck' in expert)) {
          const { kind, targetX, targetY } = expert.subgoal;
          const same = SUBGOALS[goal.subgoal] === kind;
          totals.announced++;
          totals.kind += same ? 1 : 0;
          totals.goal +=
            same && goal.cell === GoalKeeper.classOf(poseOf(seat.env.state), targetX, targetY)
              ? 1
              : 0;
        }
      }
      steering?.decided(thought, goals);
      const at = i * NUM_ACTIONS;
      const own = options.greedy
        ? argmax(thought.probabilities, at, NUM_ACTIONS)
        : seat.random.categorical(thought.probabilities, at, NUM_ACTIONS);
      const action = steering?.action(seat.env.state.stepCount) ?? own;
      const result = seat.env.step(action);
      const { observation, reward, terminated, truncated, success } = result;
      images.set(observation.image, i * VIEW_BYTES);
      previousActions[i] = action;
      goals.afterStep(i, poseOf(seat.env.state), (x, y) => sees(i, x, y));
      noteFirstFaced(seat);
      if (seat.given && isDealtWith(seat.given, goals.wasReached(i), action)) {
        seat.given = undefined;
        goals.drop(i);
      }
      const cut = steering?.stepped(action, result);
      if (!terminated && !truncated && !cut) continue;
      totals.done++;
      totals.success += success ? 1 : 0;
      totals.reward += reward;
      totals.length += seat.env.state.stepCount;
      totals.followed += seat.followed === 1 ? 1 : 0;
      options.onProgress?.(totals.done);
      begin(i);
    }
  }
  for (let i = 0; i < batch; i++) goals.drop(i);
  const kept = goals.takeStats();
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  return {
    episodes: totals.done,
    success: totals.success / totals.done,
    ci95: wilsonInterval(totals.success, totals.done),
    meanReturn: totals.reward / totals.done,
    meanLength: totals.length / totals.done,
    goalHitRate: share(kept.reached, kept.targeted),
    meanGoalLife: share(kept.lived, kept.finished),
    meanPonder: share(totals.ponder, totals.steps),
    subgoalAccuracy: share(totals.kind, totals.announced),
    goalAccuracy: share(totals.goal, totals.announced),
    ...(options.override ? { overrideFollowed: totals.followed / totals.done } : {}),
  };
}

/** World cell of an object lying in the grid that the mission does not mean. */
function otherObject(env: BabyAIEnv): { x: number; y: number } | undefined {
  const { state } = env;
  const meant = new Set(descriptionsOf(state.instruction).flatMap((desc) => desc.objects));
  for (let id = 0; id < state.objectCount; id++) {
    if (!meant.has(id) && state.isInGrid(id)) return { x: state.objectX[id], y: state.objectY[id] };
  }
  return undefined;
}

function noteFirstFaced(seat: Seat): void {
  if (!seat.aim || seat.followed >= 0) return;
  const { state } = seat.env;
  if (state.frontObject() < 0) return;
  seat.followed = state.frontX === seat.aim.x && state.frontY === seat.aim.y ? 1 : 0;
}
