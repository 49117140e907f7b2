import { Action, COLOR_NAMES, DoorState, ObjectType } from '../../shared/constants.ts';
import { cellColor, cellState, EMPTY_CELL } from '../cells.ts';
import { describe, type ObjDesc } from '../instructions.ts';
import type { EnvState } from '../state.ts';
import { resolveDescription } from '../verify.ts';
import { ObjectFinder, phrase } from './find.ts';
import type { BotMap } from './map.ts';
import { type PlanStack, type PlanStep, StepClass } from './plan.ts';
import { isMetOtherwise, isNewLockedDoor } from './repairs.ts';
import { Situation } from './situation.ts';

/** Answers of `choose` that are not actions. */
export const REPLAN = -1;
export const STUCK = -2;

/**
 * The subgoals of Minigrid's BabyAI bot: given the step on top of the plan, either an action, or a
 * change of the plan. Reads the state directly but acts only on cells it has seen.
 *
 * In `reference` mode it is faithful to the point of giving up where Minigrid's bot raises or plans
 * for ever. Otherwise it deviates there, and only there: it opens boxes for a key, does not look for
 * what it holds, and leaves alone a locked door whose key it is already looking for.
 */
export class Planner {
  readonly map: BotMap;
  readonly plan: PlanStack;
  /** What is around the agent; to be renewed before each decision. */
  readonly now = new Situation();
  private readonly finder: ObjectFinder;
  private readonly reference: boolean;
  private state!: EnvState;

  /** Why it cannot go on, after STUCK. */
  stuckReason = '';
  /** Cell that the last `choose` was about. */
  target = -1;

  constructor(map: BotMap, plan: PlanStack, reference: boolean) {
    this.map = map;
    this.plan = plan;
    this.reference = reference;
    this.finder = new ObjectFinder(map, this.now);
  }

  reset(state: EnvState): void {
    this.state = state;
    this.now.reset(state);
  }

  private give(reason: string): number {
    this.stuckReason = reason;
    return STUCK;
  }

  /** An action for the step on top of the plan, REPLAN if the plan was changed instead, or STUCK. */
  choose(): number {
    const { now } = this;
    const top = this.plan.top();
    this.target = now.front;
    switch (top.step) {
      case StepClass.goNextTo:
        return this.goNextTo(top);
      case StepClass.open:
        return this.open(top);
      case StepClass.close:
        return now.isFrontOpenDoor()
          ? Action.toggle
          : this.give('there is no open door in front to close');
      case StepClass.pickup:
        return now.carrying < 0
          ? Action.pickup
          : this.give('nothing can be picked up while something is carried');
      case StepClass.drop:
        if (now.carrying < 0) return this.give('there is nothing in hand to drop');
        return now.frontCode === EMPTY_CELL
          ? Action.drop
          : this.give('the cell in front is not free to drop something');
      default:
        return this.explore();
    }
  }

  private open(top: PlanStep): number {
    const { plan, state, now } = this;
    if (top.object >= 0 && state.ids[now.front] === top.object) return Action.toggle;
    if (now.frontType !== ObjectType.door) return this.give('there is no door in front to open');
    if (cellState(now.frontCode) === DoorState.locked) {
      const color = cellColor(now.frontCode);
      if (!now.holdsKey(color)) {
        const door = now.front;
        plan.pop();
        const layDown = now.carrying >= 0 ? this.map.dropCell() : -1;
        if (now.carrying >= 0) {
          plan.push(StepClass.pickup);
          plan.goToCell(layDown);
        }
        plan.push(StepClass.open);
        plan.goToCell(door);
        plan.push(StepClass.pickup);
        plan.goToDesc(this.keyFor(color));
        if (now.carrying >= 0) {
          plan.push(StepClass.drop);
          plan.goToCell(layDown);
        }
        return REPLAN;
      }
      if (top.reason === null) {
        plan.pop();
        plan.push(StepClass.open, 'Unlock');
        return REPLAN;
      }
    } else if (now.isFrontDoorOpen()) {
      plan.push(StepClass.close);
      return REPLAN;
    }
    return Action.toggle;
  }

  /** The keys of a colour that lie about now. */
  private keyFor(color: number): ObjDesc {
    const desc = describe('key', COLOR_NAMES[color]);
    resolveDescription(desc, this.state);
    return desc;
  }

  private goNextTo(top: PlanStep): number {
    const { plan, state, map, now, finder } = this;
    let object = -1;
    let target: number;
    if (top.desc !== null) {
      if (!this.reference && isMetOtherwise(plan, now, top)) return REPLAN;
      if (top.desc.objects.length === 0)
        return this.give(`nothing that fits "${phrase(top.desc)}" lies anywhere`);
      if (top.lookup === 'actual' && finder.isGone(top.desc))
        return this.give(`"${phrase(top.desc)}" does not exist any more`);
      const isFound = finder.find(top);
      if (finder.metUnreachable && this.reference)
        return this.give('an object in sight cannot be reached');
      if (!isFound) return this.lookAround();
      object = finder.object;
      target = finder.cell;
    } else if (top.object >= 0) {
      object = top.object;
      target = state.index(state.objectX[object], state.objectY[object]);
    } else {
      target = top.cell;
      if (target < 0) return this.give('there is no free cell to lay something down');
    }
    this.target = target;
    const putNext = top.reason === 'PutNext';

    if (top.reason === 'Open' && object >= 0 && now.carrying < 0 && state.isDoor(object))
      if (cellState(state.codes[target]) === DoorState.locked) {
        // Fetch the key first, and stay with this door.
        const key = this.keyFor(state.objectColor[object]);
        plan.pop();
        plan.goToObject(object, 'Open');
        plan.push(StepClass.pickup);
        plan.goToDesc(key);
        return REPLAN;
      }

    if (putNext ? now.isBeside(target, now.here) : target === now.here) return this.stepAway();

    if (!putNext) {
      if (target === now.front) {
        plan.pop();
        return REPLAN;
      }
    } else if (now.isBeside(target, now.front)) {
      if (now.frontCode === EMPTY_CELL) {
        plan.pop();
        return REPLAN;
      }
      if (now.isFrontOpenDoor()) {
        // Nothing can be dropped into a doorway. Going beyond it makes the bot move the object.
        plan.goToCell(now.front + 2 * state.stepOffsets[state.agentDir]);
        return REPLAN;
      }
    }

    if (map.distanceTo(target, true) <= 0) return this.lookAround();
    const next = map.firstStepTo(target);
    if (next !== now.front) return this.turnTowards(next);
    if (now.frontCode === EMPTY_CELL) return Action.forward;
    if (now.frontType === ObjectType.door) return this.passDoor();
    this.clearTheWay();
    return REPLAN;
  }

  private passDoor(): number {
    const doorState = cellState(this.now.frontCode);
    if (doorState === DoorState.open) return Action.forward;
    if (doorState === DoorState.locked) return this.give('a locked door is in the way');
    this.plan.push(StepClass.open);
    return REPLAN;
  }

  private lookAround(): number {
    this.plan.push(StepClass.explore);
    return REPLAN;
  }

  /** Leaves a cell that is too close to the target. */
  private stepAway(): number {
    const { now, state } = this;
    const right = now.rightOffset();
    if (now.isWalkable(now.frontCode)) return Action.forward;
    if (now.isWalkable(state.codes[now.here + right])) return Action.right;
    return Action.left;
  }

  private turnTowards(next: number): number {
    const { now } = this;
    const right = now.rightOffset();
    if (next === now.here + right) return Action.right;
    if (next === now.here - right) return Action.left;
    // It is behind: turn over the side where more can be seen on the way.
    return now.freeSight(-right) > now.freeSight(right) ? Action.left : Action.right;
  }

  /** Plans to move the object in front elsewhere. */
  private clearTheWay(): void {
    const { plan, map, now } = this;
    if (now.carrying < 0) {
      const cell = map.dropCell();
      plan.push(StepClass.drop);
      plan.goToCell(cell);
      plan.push(StepClass.pickup);
      return;
    }
    const own = map.dropCell();
    const other = map.dropCell(own);
    plan.push(StepClass.pickup);
    plan.goToCell(own);
    plan.push(StepClass.drop);
    plan.goToCell(other);
    plan.push(StepClass.pickup);
    plan.goToCell(now.front);
    plan.push(StepClass.drop);
    plan.goToCell(own);
  }

  // --- exploring -------------------------------------------------------------------------------

  private explore(): number {
    const { plan, map, state, now } = this;
    const unseen = map.nearestUnseen();
    if (unseen >= 0) {
      plan.goToCell(unseen, 'Explore');
      return REPLAN;
    }
    let door = map.nearest(this.isClosedDoor);
    if (door < 0) door = map.nearest(this.reference ? this.isLockedDoor : this.isNewLockedDoor);
    if (door < 0) return this.give(`no way to ${this.wanted()}: all within reach is explored`);
    const isLocked = now.isDoorIn(door, DoorState.locked);
    const keep = isLocked && now.holdsKey(cellColor(state.codes[door]));
    plan.pop();
    plan.push(StepClass.open, keep ? 'KeepKey' : null);
    plan.goToObject(state.ids[door], 'Open');
    return REPLAN;
  }
  /** What the exploring is for. */
  private wanted(): string {
    const { plan, state } = this;
    const going = plan.at(plan.depth - 2);
    if (going.desc !== null) return `"${phrase(going.desc)}"`;
    const at = going.object < 0 ? going.cell : -1;
    const x = at < 0 ? state.objectX[going.object] : this.map.worldX(at);
    const y = at < 0 ? state.objectY[going.object] : this.map.worldY(at);
    return `cell ${x},${y}`;
  }
  private readonly isClosedDoor = (cell: number) => this.now.isDoorIn(cell, DoorState.closed);
  private readonly isLockedDoor = (cell: number) => this.now.isDoorIn(cell, DoorState.locked);
  private readonly isNewLockedDoor = (cell: number) => isNewLockedDoor(this.plan, this.now, cell);
}
