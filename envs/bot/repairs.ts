import { COLOR_NAMES, DoorState, ObjectType } from '../../shared/constants.ts';
import type { ObjDesc } from '../instructions.ts';
import type { EnvState } from '../state.ts';
import { type PlanStack, type PlanStep, StepClass } from './plan.ts';
import type { Situation } from './situation.ts';

/** What the bot does where Minigrid's raises an error or plans without end. */

/**
 * Changes the plan where walking to an object of the description is not what has to be done: it is in
 * hand already, or it is a key that a box holds. False where there is nothing to change.
 */
export function isMetOtherwise(plan: PlanStack, now: Situation, top: PlanStep): boolean {
  const desc = top.desc!;
  const under = plan.depth > 1 ? plan.at(plan.depth - 2) : null;
  if (under?.step !== StepClass.pickup) return false;
  if (now.carrying >= 0 && desc.objects.length === 1 && desc.objects[0] === now.carrying) {
    plan.pop();
    plan.pop();
    return true;
  }
  if (desc.objects.length > 0 || desc.type !== 'key') return false;
  const box = boxWith(now.state, desc);
  if (box < 0) return false;
  plan.pop();
  plan.goToObject(now.state.objectContains[box]);
  plan.push(StepClass.open).object = box;
  plan.goToObject(box, 'Open');
  return true;
}

/** A box in the grid that holds a key of the description, or -1. */
function boxWith(state: EnvState, desc: ObjDesc): number {
  const color = desc.color === null ? -1 : COLOR_NAMES.indexOf(desc.color);
  for (let id = 0; id < state.objectCount; id++) {
    const inside = state.objectContains[id];
    if (inside < 0 || !state.isInGrid(id)) continue;
    if (state.objectType[inside] !== ObjectType.key) continue;
    if (color < 0 || state.objectColor[inside] === color) return id;
  }
  return -1;
}

/**
 * A locked door worth going to while exploring: with free hands, one that waits in the plan for its
 * key cannot help to find that key.
 */
export function isNewLockedDoor(plan: PlanStack, now: Situation, cell: number): boolean {
  if (!now.isDoorIn(cell, DoorState.locked)) return false;
  if (now.carrying >= 0) return true;
  const id = now.state.ids[cell];
  for (let i = 1; i < plan.depth; i++) {
    if (plan.at(i - 1).step !== StepClass.open) continue;
    if (plan.at(i).object === id || plan.at(i).cell === cell) return false;
  }
  return true;
}
