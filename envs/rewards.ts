// Longer than most files: each reward term beside the measure that it pays for.
import { DoorState, ObjectType } from '../shared/constants.ts';
import type { WorldGoal } from '../shared/goals.ts';
import { REWARD_TERM_IDS, type RewardTermId, type RewardWeights } from '../shared/rewards.ts';
import { DistanceField } from './distance.ts';
import type { BabyAIEnv } from './env.ts';
import {
  descriptionsOf,
  type Instr,
  isSequence,
  type LeafInstr,
  leavesOf,
  type ObjDesc,
  Status,
} from './instructions.ts';
import { PursuedGoals, type Pursuit } from './pursuit.ts';
import type { EnvState } from './state.ts';
import { StepEvent } from './types.ts';
import { markSeen } from './view.ts';

export const NUM_REWARD_TERMS = REWARD_TERM_IDS.length;

const TERM = Object.fromEntries(REWARD_TERM_IDS.map((id, index) => [id, index])) as Record<
  RewardTermId,
  number
>;

/** A door that is unlocked is open, too. */
const HANDLED: ReadonlySet<StepEvent> = new Set([
  StepEvent.openedDoor,
  StepEvent.unlockedDoor,
  StepEvent.pickedUp,
]);

/**
 * The named reward terms of one environment, measured step by step. Costs are negative signals; a
 * step's reward is the sum of weight × signal. Nothing here can change whether an episode succeeds.
 */
export class RewardMeter {
  private readonly env: BabyAIEnv;
  private readonly weights = new Float64Array(NUM_REWARD_TERMS);
  private leaves: LeafInstr[] = [];
  private readonly active: LeafInstr[] = [];
  private named = new Uint8Array(64);
  private namesDoors = false;
  private facing = -1;
  private seen = new Uint8Array(0);
  private seenSteps = -1;
  private completed = 0;
  private lifted: boolean[] = [];
  private readonly field = new DistanceField();
  private readonly inner = new DistanceField();
  /** Distance still to go before the newest step; -1 where it has not been measured. */
  private remaining = -1;

  private readonly goals: PursuedGoals;

  constructor(env: BabyAIEnv, weights: RewardWeights) {
    this.env = env;
    this.goals = new PursuedGoals(env);
    this.setWeights(weights);
  }

  /** Takes effect from the next step on; terms of weight 0 are not measured. */
  setWeights(weights: RewardWeights): void {
    // Weights that were written down before a term existed do not name it.
    for (const id of REWARD_TERM_IDS) this.weights[TERM[id]] = weights[id] ?? 0;
    if (!this.paysGoals) this.goals.forget();
    if (weights.progress === 0) this.remaining = -1;
    if (weights.exploration === 0) this.seenSteps = -1;
  }

  /** Call after every reset of the environment. */
  reset(): void {
    const { state } = this.env;
    this.leaves = leavesOf(state.instruction);
    this.lifted = this.leaves.map(() => false);
    this.completed = 0;
    if (this.named.length < state.objectCount) this.named = new Uint8Array(state.objectCount * 2);
    this.named.fill(0);
    this.namesDoors = false;
    for (const desc of descriptionsOf(state.instruction)) {
      if (desc.type === null || desc.type === 'door') this.namesDoors = true;
      for (const id of desc.objects) this.named[id] = 1;
    }
    this.facing = state.frontObject();
    this.remaining = -1;
    this.seenSteps = -1;
    this.goals.forget();
    this.prepare();
  }

  /** Call when measuring begins again in the middle of an episode. */
  resume(): void {
    this.completed = completedLeaves(this.env.state.instruction);
    this.facing = this.env.state.frontObject();
    this.remaining = -1;
    this.seenSteps = -1;
  }

  private get paysGoals(): boolean {
    return this.weights[TERM.goalReached] !== 0 || this.weights[TERM.goalGivenUp] !== 0;
  }

  /** The goal that the agent has at the coming step. Call before each, after `beforeStep` or not; see `PursuedGoals`. */
  pursue(goal: WorldGoal): void {
    if (this.paysGoals) this.goals.take(goal);
  }

  get pursuit(): Pursuit {
    return this.goals.pursuit;
  }

  restorePursuit(goal: WorldGoal, pursuit: Pursuit): void {
    if (this.paysGoals) this.goals.restore(goal, pursuit);
  }

  /** Lets a term whose weight has just been raised take its first look at the state before a step. */
  private prepare(): void {
    const { state } = this.env;
    if (this.weights[TERM.exploration] !== 0 && this.seenSteps !== state.stepCount) {
      if (this.seen.length !== state.codes.length) this.seen = new Uint8Array(state.codes.length);
      this.seen.fill(0);
      markSeen(state, this.seen);
      this.seenSteps = state.stepCount;
    }
    if (this.weights[TERM.progress] !== 0 && this.remaining < 0) {
      this.locateTargets();
      this.remaining = this.distanceToGo();
    }
  }

  /** Call before every step. */
  beforeStep(): void {
    this.prepare();
  }

  /**
   * Writes weight × signal of each term (order of REWARD_TERM_IDS) for the step just made to `ledger`
   * from `offset`, and returns their sum.
   */
  measure(
    { success, over }: { success: boolean; over: boolean },
    ledger: Float32Array,
    offset: number,
  ): number {
    const { env, weights } = this;
    const { state } = env;
    let sum = 0;
    for (let term = 0; term < NUM_REWARD_TERMS; term++) ledger[offset + term] = 0;
    if (weights[TERM.mission] !== 0) sum += this.pay(ledger, offset, TERM.mission, env.reward);
    if (weights[TERM.stepCost] !== 0) sum += this.pay(ledger, offset, TERM.stepCost, -1);
    if (weights[TERM.wrongObject] !== 0)
      sum += this.pay(ledger, offset, TERM.wrongObject, -this.wrongObjectFaced());
    if (weights[TERM.bump] !== 0)
      sum += this.pay(ledger, offset, TERM.bump, env.event === StepEvent.bumped ? -1 : 0);
    if (weights[TERM.useless] !== 0)
      sum += this.pay(ledger, offset, TERM.useless, env.event === StepEvent.useless ? -1 : 0);
    if (weights[TERM.exploration] !== 0) {
      if (env.viewChanged)
        sum += this.pay(ledger, offset, TERM.exploration, markSeen(state, this.seen));
      this.seenSteps = state.stepCount;
    }
    if (weights[TERM.handled] !== 0)
      sum += this.pay(ledger, offset, TERM.handled, HANDLED.has(env.event) ? 1 : 0);
    const completed = completedLeaves(state.instruction);
    if (weights[TERM.subgoal] !== 0)
      sum += this.pay(ledger, offset, TERM.subgoal, this.partsDone(completed, success));
    if (weights[TERM.progress] !== 0)
      sum += this.pay(ledger, offset, TERM.progress, this.progress(completed));
    if (this.paysGoals) {
      const { reached, givenUp } = this.goals.outcome(over);
      sum += this.pay(ledger, offset, TERM.goalReached, Number(reached));
      sum += this.pay(ledger, offset, TERM.goalGivenUp, -givenUp);
    }
    this.completed = completed;
    this.facing = state.frontObject();
    return sum;
  }

  /** What a step's ledger holds of rewards for goals. */
  static goalReward(ledger: Float32Array): number {
    return ledger[TERM.goalReached] + ledger[TERM.goalGivenUp];
  }

  private pay(ledger: Float32Array, offset: number, term: number, signal: number): number {
    if (signal === 0 || this.weights[term] === 0) return 0;
    const value = this.weights[term] * signal;
    ledger[offset + term] = value;
    return value;
  }

  /** 1 where a turn or a move has just brought an object before the agent that the mission does not name. */
  private wrongObjectFaced(): number {
    const { state, event } = this.env;
    const id = state.frontObject();
    if (id < 0 || id === this.facing || this.named[id]) return 0;
    if (event !== StepEvent.turned && event !== StepEvent.moved) return 0;
    if (state.isDoor(id) && !this.namesDoors) return 0;
    return state.objectType[id] === ObjectType.key && hasLock(state, id) ? 0 : 1;
  }

  private partsDone(completed: number, success: boolean): number {
    const { env } = this;
    // The part that completes the whole mission is paid for by the mission itself.
    let parts = Math.max(
      0,
      completed - this.completed - (success && this.leaves.length > 1 ? 1 : 0),
    );
    if (env.event === StepEvent.pickedUp) {
      activeLeaves(env.state.instruction, this.active);
      for (let i = 0; i < this.leaves.length; i++) {
        const leaf = this.leaves[i];
        if (
          leaf.op === 'putnext' &&
          !this.lifted[i] &&
          this.active.includes(leaf) &&
          leaf.move.objects.includes(env.eventObject)
        ) {
          this.lifted[i] = true;
          parts++;
        }
      }
    }
    return parts;
  }

  /** Cells come nearer. Where the mission has just moved on to another part, the count starts anew. */
  private progress(completed: number): number {
    const event = this.env.event;
    const partDone = completed !== this.completed;
    if (
      partDone ||
      event === StepEvent.pickedUp ||
      event === StepEvent.dropped ||
      event === StepEvent.openedBox ||
      event === StepEvent.unlockedDoor
    )
      this.locateTargets();
    const before = this.remaining;
    this.remaining = this.distanceToGo();
    return partDone || before < 0 || this.remaining < 0 ? 0 : before - this.remaining;
  }

  private distanceToGo(): number {
    if (this.field.isEmpty) return 0;
    const distance = this.field.at(this.env.state.agentIndex);
    return distance === 0x7fff ? -1 : distance;
  }

  /** Spreads distances from what the mission needs next. */
  private locateTargets(): void {
    const { state } = this.env;
    this.field.clear();
    activeLeaves(state.instruction, this.active);
    for (const leaf of this.active) this.addTargets(leaf);
    this.field.compute(state);
  }

  private addTargets(leaf: LeafInstr): void {
    const { state } = this.env;
    if (leaf.op === 'putnext') {
      if (leaf.move.objects.includes(state.carrying)) this.addObjects(leaf.fixed);
      else this.addVia(leaf.move.objects, leaf.fixed);
      return;
    }
    if (leaf.op === 'open' && leaf.desc.objects.every((id) => needsKey(state, id))) {
      const keys: number[] = [];
      for (let id = 0; id < state.objectCount; id++)
        if (state.objectType[id] === ObjectType.key && opensOneOf(state, id, leaf.desc))
          keys.push(id);
      if (keys.some((id) => state.isInGrid(id))) {
        this.addVia(keys, leaf.desc);
        return;
      }
    }
    this.addObjects(leaf.desc);
  }
  private addObjects(desc: ObjDesc): void {
    const { state } = this.env;
    for (const id of desc.objects)
      if (state.isInGrid(id))
        this.field.addSource(state.index(state.objectX[id], state.objectY[id]));
  }
  /** The way leads to one of `first` and on from there to what `then` describes. */
  private addVia(first: readonly number[], then: ObjDesc): void {
    const { state } = this.env;
    this.inner.clear();
    for (const id of then.objects)
      if (state.isInGrid(id))
        this.inner.addSource(state.index(state.objectX[id], state.objectY[id]));
    this.inner.compute(state);
    for (const id of first)
      if (state.isInGrid(id)) {
        const at = state.index(state.objectX[id], state.objectY[id]);
        this.field.addSource(at, this.inner.at(at));
      }
  }
}

/** Leaves that count now: those whose turn it is and that are not done. */
export function activeLeaves(instr: Instr, into: LeafInstr[]): LeafInstr[] {
  into.length = 0;
  collectActive(instr, into);
  return into;
}
function collectActive(instr: Instr, into: LeafInstr[]): void {
  if (!isSequence(instr)) {
    into.push(instr);
    return;
  }
  const aDone = instr.aStatus === Status.success;
  const bDone = instr.bStatus === Status.success;
  if (!aDone && (instr.op !== 'after' || bDone)) collectActive(instr.a, into);
  if (!bDone && (instr.op !== 'before' || aDone)) collectActive(instr.b, into);
}

/** How many leaves of a sequence have been done; a mission of one leaf has no parts. */
export function completedLeaves(instr: Instr): number {
  if (!isSequence(instr)) return 0;
  return (
    (isSequence(instr.a) ? completedLeaves(instr.a) : instr.aStatus === Status.success ? 1 : 0) +
    (isSequence(instr.b) ? completedLeaves(instr.b) : instr.bStatus === Status.success ? 1 : 0)
  );
}

function hasLock(state: EnvState, key: number): boolean {
  for (let id = 0; id < state.objectCount; id++)
    if (
      state.isDoor(id) &&
      state.objectColor[id] === state.objectColor[key] &&
      state.doorState(id) === DoorState.locked
    )
      return true;
  return false;
}
function needsKey(state: EnvState, door: number): boolean {
  const key = state.carrying;
  return (
    state.doorState(door) === DoorState.locked &&
    !(
      key >= 0 &&
      state.objectType[key] === ObjectType.key &&
      state.objectColor[key] === state.objectColor[door]
    )
  );
}
function opensOneOf(state: EnvState, key: number, doors: ObjDesc): boolean {
  return doors.objects.some((id) => state.objectColor[id] === state.objectColor[key]);
}
