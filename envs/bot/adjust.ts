import { Action, ObjectType } from '../../shared/constants.ts';
import type { BotMap } from './map.ts';
import { type PlanStack, StepClass } from './plan.ts';
import type { Situation } from './situation.ts';

/** Adjusts the plan to the action taken; `undefined` stands for the one that was chosen. */
export function adjustPlan(
  plan: PlanStack,
  map: BotMap,
  now: Situation,
  action: number | undefined,
): void {
  const top = plan.top();
  const walked = action === Action.forward || action === Action.left || action === Action.right;
  switch (top.step) {
    case StepClass.goNextTo:
      if (action === Action.pickup || action === Action.drop || action === Action.toggle)
        undo(plan, now, action);
      break;
    case StepClass.open:
      if (action !== undefined && action !== Action.toggle) undo(plan, now, action);
      else {
        const unlocked = top.reason === 'Unlock';
        plan.pop();
        if (unlocked) {
          const cell = map.dropCell();
          plan.push(StepClass.drop);
          plan.goToCell(cell);
        }
      }
      break;
    case StepClass.close:
      if (action === undefined || action === Action.toggle) plan.pop();
      else if (walked) undo(plan, now, action);
      break;
    case StepClass.drop:
      if (action === undefined || action === Action.drop) plan.pop();
      else if (walked) undo(plan, now, action);
      break;
    case StepClass.pickup:
      if (action === undefined || action === Action.pickup) plan.pop();
      else if (action === Action.left || action === Action.right) undo(plan, now, action);
      break;
  }
}

/** Plans to bring things back to how they were before an action that was not the bot's. */
function undo(plan: PlanStack, now: Situation, action: number): void {
  const right = now.rightOffset();
  if (action === Action.forward) {
    if (now.lastHere !== now.here) plan.goToCell(now.here);
  } else if (action === Action.left) plan.goToCell(now.here + right);
  else if (action === Action.right) plan.goToCell(now.here - right);
  else if (action === Action.drop) {
    if (now.lastCarrying !== now.carrying) plan.push(StepClass.pickup);
  } else if (action === Action.pickup) {
    if (now.lastCarrying !== now.carrying) plan.push(StepClass.drop);
  } else if (action === Action.toggle) {
    if (now.frontType !== ObjectType.door || now.frontDoorWasOpen === now.isFrontDoorOpen()) return;
    plan.push(now.isFrontDoorOpen() ? StepClass.close : StepClass.open);
  }
}
