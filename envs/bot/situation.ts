import { Action, DoorState, ObjectType } from '../../shared/constants.ts';
import { cellState, cellType, EMPTY_CELL } from '../cells.ts';
import type { EnvState } from '../state.ts';

/** What is around the agent, now and at the decision before. Cells are padded indices of the state. */
export class Situation {
  state!: EnvState;
  here = 0;
  front = 0;
  frontCode = 0;
  frontType = 0;
  /** Id of the object in hand, or -1. */
  carrying = -1;

  lastHere = -1;
  lastCarrying = -1;
  private lastFrontType = -1;
  /** Whether the door that was last seen in front of the agent was open then. */
  frontDoorWasOpen = false;

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

  /** Whether the last action opened (and so destroyed) a box. */
  openedBox(action: number | undefined): boolean {
    return action === Action.toggle && this.lastFrontType === ObjectType.box;
  }

  /** Padded index offset of one step to the agent's right. */
  rightOffset(): number {
    return this.state.stepOffsets[(this.state.agentDir + 1) & 3];
  }
  isFrontDoorOpen(): boolean {
    return cellState(this.frontCode) === DoorState.open;
  }
  isFrontOpenDoor(): boolean {
    return this.frontType === ObjectType.door && this.isFrontDoorOpen();
  }
  holdsKey(color: number): boolean {
    const { state, carrying } = this;
    return (
      carrying >= 0 &&
      state.objectType[carrying] === ObjectType.key &&
      state.objectColor[carrying] === color
    );
  }
  /** Could the agent stand in a cell with this code? */
  isWalkable(code: number): boolean {
    return (
      code === EMPTY_CELL ||
      (cellType(code) === ObjectType.door && cellState(code) === DoorState.open)
    );
  }
  /** Do two cells share a side? */
  isBeside(a: number, b: number): boolean {
    const apart = Math.abs(a - b);
    return apart === 1 || apart === this.state.stride;
  }
  /** Is a cell a door in this state? */
  isDoorIn(cell: number, doorState: number): boolean {
    const code = this.state.codes[cell];
    return cellType(code) === ObjectType.door && cellState(code) === doorState;
  }

  /** Steps from here to the nearest wall or door on one side, at most the three that are in view. */
  freeSight(offset: number): number {
    for (let distance = 1; distance < 3; distance++) {
      const type = cellType(this.state.codes[this.here + distance * offset]);
      if (type === ObjectType.wall || type === ObjectType.door) return distance;
    }
    return 3;
  }
}
