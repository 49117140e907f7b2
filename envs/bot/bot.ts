import { Action, COLOR_NAMES, type ColorName, ObjectType } from '../../shared/constants.ts';
import type { Subgoal } from '../../shared/goals.ts';
import type { EnvState } from '../state.ts';
import { adjustPlan } from './adjust.ts';
import { BotMap } from './map.ts';
import { planMission, planRest } from './mission.ts';
import { PlanStack, type PlanStep, type Reason, StepClass } from './plan.ts';
import { Planner, STUCK } from './planner.ts';

/** What the bot reads: any environment that exposes its live state. */
export interface BotWorld {
  readonly state: EnvState;
}

export interface BotOptions {
  /**
   * Give up exactly where Minigrid's bot raises an error or plans for ever, instead of helping
   * itself. Everywhere else both choose the same actions. Default false.
   */
  readonly reference?: boolean;
}

export type BotClass = 'GoNextTo' | 'Open' | 'Close' | 'Pickup' | 'Drop' | 'Finished';

/** The step on top of the plan when the action was chosen. */
export interface BotSubgoal {
  readonly kind: Subgoal;
  readonly class: BotClass;
  readonly reason: Reason | null;
  /** World cell that it is about, -1 for none: the target when going, else the cell in front. */
  readonly targetX: number;
  readonly targetY: number;
  /** Id of the object or door that lies there, where there is one and the bot has seen it. */
  readonly targetObject?: number;
}
export type BotDecision =
  | { readonly action: number; readonly subgoal: BotSubgoal; readonly depth: number }
  | { readonly stuck: string };

/** What a step is about, as the recordings of Minigrid's bot name it. */
export type BotDatum =
  | { readonly desc: { type: string | null; color: string | null; loc: string | null } }
  | { readonly object: readonly [type: string, color: ColorName] }
  | 'position'
  | null;
export type BotLabel = readonly [BotClass, Reason | null, BotDatum, readonly number[] | null];

const CLASS_NAMES: readonly BotClass[] = ['GoNextTo', 'Open', 'Close', 'Pickup', 'Drop'];
const KINDS: readonly Subgoal[] = ['goNextTo', 'open', 'close', 'pickup', 'drop'];
const TYPE_NAMES = Object.keys(ObjectType);
const FINISHED: BotSubgoal = {
  kind: 'done',
  class: 'Finished',
  reason: null,
  targetX: -1,
  targetY: -1,
};

/** Changes of the plan allowed within one decision. Minigrid's bot needs 20 at most where it succeeds. */
const MAX_CHANGES = 400;
/** Plans made anew within one episode. */
const MAX_NEW_PLANS = 60;

/**
 * The expert: keeps a plan as a stack of subgoals, explores what it has not seen, moves aside what is
 * in the way, fetches keys. Asked once for each state of an episode, in order. It may be told an action
 * other than its own (`next(action)`), and then plans from where that led: so it can label the states
 * that another policy visits. It never loops: a decision takes bounded work, or says why it is stuck.
 */
export class Bot {
  private readonly env: BotWorld;
  private readonly reference: boolean;
  private readonly map = new BotMap();
  private readonly plan = new PlanStack();
  private readonly planner: Planner;
  private newPlans = 0;
  /** The bot's own last action, −1 at the start. */
  private lastAction = -1;
  private saidDone = false;

  constructor(env: BotWorld, options: BotOptions = {}) {
    this.env = env;
    this.reference = options.reference ?? false;
    this.planner = new Planner(this.map, this.plan, this.reference);
    this.reset();
  }

  /** Starts over on the environment's present episode. Call it after each reset of the environment. */
  reset(): void {
    const { state } = this.env;
    this.map.reset(state);
    this.planner.reset(state);
    this.plan.clear();
    planMission(this.plan, state.instruction);
    this.newPlans = 0;
    this.lastAction = -1;
    this.saidDone = false;
  }

  /**
   * Chooses an action for the present state.
   * @param actionTaken the last action, if it was not (or may not have been) the bot's own choice
   */
  next(actionTaken?: number): BotDecision {
    const { planner, plan, map } = this;
    const { now } = planner;
    map.look();
    now.observe();
    if (now.openedBox(actionTaken)) {
      if (this.reference) return { stuck: 'a box was opened' };
      this.planAnew();
    } else if (!this.reference && this.isCrossed(actionTaken)) {
      this.planAnew();
    } else if (plan.depth > 0) adjustPlan(plan, map, now, actionTaken);
    while (plan.isExploring()) plan.pop();

    if (plan.depth === 0 && this.saidDone && !this.reference) {
      this.newPlans++;
      this.planAnew();
    }
    let action = this.think();
    if (action === STUCK && !this.reference && this.newPlans < MAX_NEW_PLANS) {
      this.newPlans++;
      this.planAnew();
      action = this.think();
    }
    now.remember();
    this.lastAction = action;
    if (action === STUCK) return { stuck: planner.stuckReason };
    return { action, subgoal: this.subgoal(), depth: plan.depth };
  }

  /**
   * Whether an action that was not its own has changed things, or kept it from what it was about to do. Minigrid's bot
   * then plans to undo it first, and goes on wanting that wherever the agent is led: no goal to learn from.
   */
  private isCrossed(actionTaken: number | undefined): boolean {
    if (actionTaken === undefined || actionTaken === this.lastAction) return false;
    const { plan } = this;
    if (actionTaken >= Action.pickup && actionTaken <= Action.toggle) return true;
    if (plan.depth === 0) return false;
    const { step } = plan.top();
    return step !== StepClass.goNextTo && step !== StepClass.explore;
  }

  /** Changes the plan until there is an action. Done where nothing is left of it. */
  private think(): number {
    const { planner, plan } = this;
    for (let changes = 0; changes < MAX_CHANGES; changes++) {
      if (plan.depth === 0) {
        this.saidDone = true;
        return Action.done;
      }
      const action = planner.choose();
      if (action >= 0 || action === STUCK) return action;
    }
    planner.stuckReason = 'the plan grows without end: each thing needed lies behind another';
    return STUCK;
  }

  private planAnew(): void {
    this.saidDone = false;
    this.plan.clear();
    planRest(this.plan, this.env.state, this.map);
  }

  private subgoal(): BotSubgoal {
    const { plan, map, planner } = this;
    if (plan.depth === 0) return FINISHED;
    const top = plan.top();
    const cell = planner.target;
    const subgoal = {
      kind: top.reason === 'Explore' ? ('explore' as const) : KINDS[top.step],
      class: CLASS_NAMES[top.step],
      reason: top.reason,
      targetX: map.worldX(cell),
      targetY: map.worldY(cell),
      targetObject: undefined as number | undefined,
    };
    if (map.seen[cell] === 1 && this.env.state.ids[cell] >= 0)
      subgoal.targetObject = this.env.state.ids[cell];
    return subgoal;
  }

  /** Whether the bot has seen a world cell in this episode. */
  hasSeen(x: number, y: number): boolean {
    const { state } = this.env;
    const inside = x >= 0 && y >= 0 && x < state.width && y < state.height;
    return inside && this.map.seen[state.index(x, y)] === 1;
  }

  /** The step on top of the plan in the words of the golden recordings; after `next`. */
  label(): BotLabel {
    const { plan, map, planner } = this;
    if (plan.depth === 0) return ['Finished', null, null, null];
    const top = plan.top();
    const target = [map.worldX(planner.target), map.worldY(planner.target)];
    return [CLASS_NAMES[top.step], top.reason, this.datum(top), target];
  }
  private datum(top: PlanStep): BotDatum {
    const { state } = this.env;
    if (top.step !== StepClass.goNextTo) return null;
    if (top.desc !== null) {
      const { type, color, loc } = top.desc;
      return { desc: { type, color, loc } };
    }
    if (top.object < 0) return 'position';
    const type = TYPE_NAMES[state.objectType[top.object]];
    return { object: [type, COLOR_NAMES[state.objectColor[top.object]]] };
  }
}
