import { Action, COLOR_NAMES, DoorState, ObjectType } from '../../shared/constants.ts';
import { cellColor, cellState, cellType, EMPTY_CELL } from '../cells.ts';
import { describe, type ObjDesc } from '../instructions.ts';
import type { EnvState } from '../state.ts';
import { resolveDescription } from '../verify.ts';
import type { BotMap } from './map.ts';
import { type PlanStack, type PlanStep, StepClass } from './plan.ts';

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
  private readonly reference: boolean;
  private state!: EnvState;

  /** Why it cannot go on, after STUCK. */
  stuckReason = '';
  /** Cell that the last `choose` was about. */
  target = -1;

  // What is around the agent now.
  private here = 0;
  private front = 0;
  private frontCode = 0;
  private frontType = 0;
  private carrying = -1;

  // What was around it at the previous decision.
  private lastHere = -1;
  private lastCarrying = -1;
  private lastFrontType = -1;
  private frontDoorWasOpen = false;

  constructor(map: BotMap, plan: PlanStack, reference: boolean) {
    this.map = map;
    this.plan = plan;
    this.reference = reference;
  }

  reset(state: EnvState): void {
    this.state = state;
    this.lastHere = -1;
    this.lastCarrying = -1;
    this.lastFrontType = -1;
    this.frontDoorWasOpen = false;
  }

  /** Takes in the present state; before anything else at each decision. */
  observe(): void {
    const { state } = this;
    this.here = state.agentIndex;
    this.front = state.frontIndex();
    this.frontCode = state.codes[this.front];
    this.frontType = cellType(this.frontCode);
    this.carrying = state.carrying;
  }

  /** Keeps what the next decision compares with; after everything else at each decision. */
  remember(): void {
    this.lastHere = this.here;
    this.lastCarrying = this.carrying;
    this.lastFrontType = this.frontType;
    if (this.frontType === ObjectType.door) this.frontDoorWasOpen = this.isFrontDoorOpen();
  }

  private isFrontDoorOpen(): boolean {
    return cellState(this.frontCode) === DoorState.open;
  }
  private isFrontOpenDoor(): boolean {
    return this.frontType === ObjectType.door && this.isFrontDoorOpen();
  }
  private give(reason: string): number {
    this.stuckReason = reason;
    return STUCK;
  }

  // --- after an action -------------------------------------------------------------------------

  /** Whether the last action opened (and so destroyed) a box. */
  openedBox(action: number | undefined): boolean {
    return action === Action.toggle && this.lastFrontType === ObjectType.box;
  }

  /** Adjusts the plan to the action taken; `undefined` stands for the one that was chosen. */
  adjust(action: number | undefined): void {
    const top = this.plan.top();
    const walked = action === Action.forward || action === Action.left || action === Action.right;
    switch (top.step) {
      case StepClass.goNextTo:
        if (action === Action.pickup || action === Action.drop || action === Action.toggle)
          this.undo(action);
        break;
      case StepClass.open:
        if (action !== undefined && action !== Action.toggle) this.undo(action);
        else {
          const unlocked = top.reason === 'Unlock';
          this.plan.pop();
          if (unlocked) {
            const cell = this.map.dropCell();
            this.plan.push(StepClass.drop);
            this.plan.goToCell(cell);
          }
        }
        break;
      case StepClass.close:
        if (action === undefined || action === Action.toggle) this.plan.pop();
        else if (walked) this.undo(action);
        break;
      case StepClass.drop:
        if (action === undefined || action === Action.drop) this.plan.pop();
        else if (walked) this.undo(action);
        break;
      case StepClass.pickup:
        if (action === undefined || action === Action.pickup) this.plan.pop();
        else if (action === Action.left || action === Action.right) this.undo(action);
        break;
    }
  }

  /** Plans to bring things back to how they were before an action that was not the bot's. */
  private undo(action: number): void {
    const { plan, state } = this;
    const right = state.stepOffsets[(state.agentDir + 1) & 3];
    if (action === Action.forward) {
      if (this.lastHere !== this.here) plan.goToCell(this.here);
    } else if (action === Action.left) plan.goToCell(this.here + right);
    else if (action === Action.right) plan.goToCell(this.here - right);
    else if (action === Action.drop) {
      if (this.lastCarrying !== this.carrying) plan.push(StepClass.pickup);
    } else if (action === Action.pickup) {
      if (this.lastCarrying !== this.carrying) plan.push(StepClass.drop);
    } else if (action === Action.toggle) {
      if (this.frontType !== ObjectType.door || this.frontDoorWasOpen === this.isFrontDoorOpen())
        return;
      plan.push(this.isFrontDoorOpen() ? StepClass.close : StepClass.open);
    }
  }

  // --- before an action ------------------------------------------------------------------------

  /** An action for the step on top of the plan, REPLAN if the plan was changed instead, or STUCK. */
  choose(): number {
    const top = this.plan.top();
    this.target = this.front;
    switch (top.step) {
      case StepClass.goNextTo:
        return this.goNextTo(top);
      case StepClass.open:
        return this.open(top);
      case StepClass.close:
        return this.isFrontOpenDoor()
          ? Action.toggle
          : this.give('there is no open door in front to close');
      case StepClass.pickup:
        return this.carrying < 0
          ? Action.pickup
          : this.give('nothing can be picked up while something is carried');
      case StepClass.drop:
        if (this.carrying < 0) return this.give('there is nothing in hand to drop');
        return this.frontCode === EMPTY_CELL
          ? Action.drop
          : this.give('the cell in front is not free to drop something');
      default:
        return this.explore();
    }
  }

  private open(top: PlanStep): number {
    const { plan, state } = this;
    if (top.object >= 0 && state.ids[this.front] === top.object) return Action.toggle;
    if (this.frontType !== ObjectType.door) return this.give('there is no door in front to open');
    if (cellState(this.frontCode) === DoorState.locked) {
      const color = cellColor(this.frontCode);
      const hasKey =
        this.carrying >= 0 &&
        state.objectType[this.carrying] === ObjectType.key &&
        state.objectColor[this.carrying] === color;
      if (!hasKey) {
        const door = this.front;
        plan.pop();
        const layDown = this.carrying >= 0 ? this.map.dropCell() : -1;
        if (this.carrying >= 0) {
          plan.push(StepClass.pickup);
          plan.goToCell(layDown);
        }
        plan.push(StepClass.open);
        plan.goToCell(door);
        plan.push(StepClass.pickup);
        plan.goToDesc(this.keyFor(color));
        if (this.carrying >= 0) {
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
    } else if (this.isFrontDoorOpen()) {
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
    const { plan, state, map } = this;
    let object = -1;
    let target: number;
    if (top.desc !== null) {
      if (!this.reference && this.isMetOtherwise(top)) return REPLAN;
      if (top.desc.objects.length === 0)
        return this.give(`nothing that fits "${phrase(top.desc)}" lies anywhere`);
      if (top.lookup === 'actual' && this.isGone(top.desc))
        return this.give(`"${phrase(top.desc)}" does not exist any more`);
      if (!this.findObject(top)) return this.stuckReason === '' ? this.lookAround() : STUCK;
      object = this.foundObject;
      target = this.foundCell;
    } else if (top.object >= 0) {
      object = top.object;
      target = state.index(state.objectX[object], state.objectY[object]);
    } else {
      target = top.cell;
      if (target < 0) return this.give('there is no free cell to lay something down');
    }
    this.target = target;
    const putNext = top.reason === 'PutNext';

    if (top.reason === 'Open' && object >= 0 && this.carrying < 0 && state.isDoor(object))
      if (cellState(state.codes[target]) === DoorState.locked) {
        // Fetch the key first, and stay with this door.
        const key = this.keyFor(state.objectColor[object]);
        plan.pop();
        plan.goToObject(object, 'Open');
        plan.push(StepClass.pickup);
        plan.goToDesc(key);
        return REPLAN;
      }

    if (putNext ? this.isBeside(target, this.here) : target === this.here) return this.stepAway();

    if (!putNext) {
      if (target === this.front) {
        plan.pop();
        return REPLAN;
      }
    } else if (this.isBeside(target, this.front)) {
      if (this.frontCode === EMPTY_CELL) {
        plan.pop();
        return REPLAN;
      }
      if (this.isFrontOpenDoor()) {
        // Nothing can be dropped into a doorway. Going beyond it makes the bot move the object.
        plan.goToCell(this.front + 2 * state.stepOffsets[state.agentDir]);
        return REPLAN;
      }
    }

    if (map.distanceTo(target, true) <= 0) return this.lookAround();
    const next = map.firstStepTo(target);
    if (next !== this.front) return this.turnTowards(next);
    if (this.frontCode === EMPTY_CELL) return Action.forward;
    if (this.frontType === ObjectType.door) return this.passDoor();
    this.clearTheWay();
    return REPLAN;
  }

  private passDoor(): number {
    const doorState = cellState(this.frontCode);
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
    const { state } = this;
    const right = state.stepOffsets[(state.agentDir + 1) & 3];
    if (this.isWalkable(this.frontCode)) return Action.forward;
    if (this.isWalkable(state.codes[this.here + right])) return Action.right;
    return Action.left;
  }
  private isWalkable(code: number): boolean {
    return (
      code === EMPTY_CELL ||
      (cellType(code) === ObjectType.door && cellState(code) === DoorState.open)
    );
  }
  private isBeside(a: number, b: number): boolean {
    const apart = Math.abs(a - b);
    return apart === 1 || apart === this.state.stride;
  }

  private turnTowards(next: number): number {
    const { state } = this;
    const right = state.stepOffsets[(state.agentDir + 1) & 3];
    if (next === this.here + right) return Action.right;
    if (next === this.here - right) return Action.left;
    // It is behind: turn over the side where more can be seen on the way.
    return this.freeSight(-right) > this.freeSight(right) ? Action.left : Action.right;
  }
  /** Steps to the nearest wall or door on one side, at most the three that are in view. */
  private freeSight(offset: number): number {
    for (let distance = 1; distance < 3; distance++) {
      const type = cellType(this.state.codes[this.here + distance * offset]);
      if (type === ObjectType.wall || type === ObjectType.door) return distance;
    }
    return 3;
  }

  /** Plans to move the object in front elsewhere. */
  private clearTheWay(): void {
    const { plan, map } = this;
    if (this.carrying < 0) {
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
    plan.goToCell(this.front);
    plan.push(StepClass.drop);
    plan.goToCell(own);
  }

  private foundObject = -1;
  private foundCell = -1;
  /** The nearest seen object of a description, with a surcharge where others have to be moved. */
  private findObject(top: PlanStep): boolean {
    const { state, map } = this;
    const desc = top.desc!;
    const beside = top.reason === 'PutNext';
    const { objects, positions } = desc;
    const count = top.lookup === 'actual' ? objects.length : positions.length;
    let best = 999;
    this.stuckReason = '';
    for (let i = 0; i < count; i++) {
      const id = top.lookup === 'remembered' ? -1 : objects[i];
      let cell: number;
      if (top.lookup === 'actual') {
        if (!state.isInGrid(id)) continue;
        cell = state.index(state.objectX[id], state.objectY[id]);
      } else {
        // A wall (it may fit "a grey object") has no id and is never gone to.
        if (top.lookup === 'settled' && (id < 0 || id === this.carrying)) continue;
        const at = positions[i];
        const y = (at / state.width) | 0;
        cell = state.index(at - y * state.width, y);
      }
      if (map.seen[cell] === 0) continue;
      let distance = map.distanceTo(cell, true);
      if (distance < 0) {
        if (!this.reference) continue;
        this.give('an object in sight cannot be reached');
        return false;
      }
      if (map.isBeyondBlockers(cell)) distance += this.carrying >= 0 ? 7 : 4;
      if (distance === 0) distance = beside ? 3 : 2;
      else if (beside && distance === 1) distance = 3;
      if (distance >= best) continue;
      best = distance;
      this.foundObject = id;
      this.foundCell = cell;
    }
    return best < 999;
  }

  private isGone(desc: ObjDesc): boolean {
    for (const id of desc.objects)
      if (id >= 0 && (id === this.carrying || this.state.isInGrid(id))) return false;
    return true;
  }

  // --- exploring -------------------------------------------------------------------------------

  private explore(): number {
    const { plan, map, state } = this;
    const unseen = map.nearestUnseen();
    if (unseen >= 0) {
      plan.goToCell(unseen, 'Explore');
      return REPLAN;
    }
    let door = map.nearest(this.isClosedDoor);
    if (door < 0) door = map.nearest(this.reference ? this.isLockedDoor : this.isNewLockedDoor);
    if (door < 0) return this.give(`no way to ${this.wanted()}: all within reach is explored`);
    const keyInHand =
      this.carrying >= 0 &&
      state.objectType[this.carrying] === ObjectType.key &&
      state.objectColor[this.carrying] === cellColor(state.codes[door]);
    const keep = keyInHand && cellState(state.codes[door]) === DoorState.locked;
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
  private readonly isClosedDoor = (cell: number) => this.isDoorIn(cell, DoorState.closed);
  private readonly isLockedDoor = (cell: number) => this.isDoorIn(cell, DoorState.locked);
  private isDoorIn(cell: number, doorState: number): boolean {
    const code = this.state.codes[cell];
    return cellType(code) === ObjectType.door && cellState(code) === doorState;
  }
  /** With free hands, a locked door that waits in the plan for its key cannot help to find that key. */
  private readonly isNewLockedDoor = (cell: number) => {
    if (!this.isLockedDoor(cell)) return false;
    if (this.carrying >= 0) return true;
    const id = this.state.ids[cell];
    for (let i = 1; i < this.plan.depth; i++) {
      if (this.plan.at(i - 1).step !== StepClass.open) continue;
      if (this.plan.at(i).object === id || this.plan.at(i).cell === cell) return false;
    }
    return true;
  };

  // --- where Minigrid's bot fails --------------------------------------------------------------

  /** Changes the plan where walking to an object of the description is not what has to be done. */
  private isMetOtherwise(top: PlanStep): boolean {
    const { plan, state } = this;
    const desc = top.desc!;
    const under = plan.depth > 1 ? plan.at(plan.depth - 2) : null;
    if (under?.step !== StepClass.pickup) return false;
    if (this.carrying >= 0 && desc.objects.length === 1 && desc.objects[0] === this.carrying) {
      // It is in hand already.
      plan.pop();
      plan.pop();
      return true;
    }
    if (desc.objects.length > 0 || desc.type !== 'key') return false;
    const box = this.boxWith(desc);
    if (box < 0) return false;
    plan.pop();
    plan.goToObject(state.objectContains[box]);
    plan.push(StepClass.open).object = box;
    plan.goToObject(box, 'Open');
    return true;
  }
  /** A box in the grid that holds an object of the description, or -1. */
  private boxWith(desc: ObjDesc): number {
    const { state } = this;
    const type = desc.type === null ? -1 : ObjectType[desc.type];
    const color = desc.color === null ? -1 : COLOR_NAMES.indexOf(desc.color);
    for (let id = 0; id < state.objectCount; id++) {
      const inside = state.objectContains[id];
      if (inside < 0 || !state.isInGrid(id)) continue;
      if (type >= 0 && state.objectType[inside] !== type) continue;
      if (color < 0 || state.objectColor[inside] === color) return id;
    }
    return -1;
  }
}

function phrase(desc: ObjDesc): string {
  return [desc.color, desc.type ?? 'object', desc.loc].filter(Boolean).join(' ');
}
