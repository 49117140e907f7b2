import { DoorState, ObjectType } from '../../shared/constants.ts';
import { cellColor, cellState, cellType } from '../cells.ts';
import { type Instr, isSequence, type LeafInstr, Status } from '../instructions.ts';
import type { EnvState } from '../state.ts';
import type { BotMap } from './map.ts';
import { type Lookup, type PlanStack, StepClass } from './plan.ts';

/** Plans a whole mission: what has to be done first ends on top of the stack. */
export function planMission(plan: PlanStack, instr: Instr): void {
  switch (instr.op) {
    case 'before':
    case 'and':
      planMission(plan, instr.b);
      planMission(plan, instr.a);
      return;
    case 'after':
      planMission(plan, instr.a);
      planMission(plan, instr.b);
      return;
    default:
      planLeaf(plan, instr, 'settled');
  }
}

function planLeaf(plan: PlanStack, leaf: LeafInstr, lookup: Lookup): void {
  switch (leaf.op) {
    case 'goto':
      plan.goToDesc(leaf.desc, null, lookup === 'settled' ? lookup : 'remembered');
      return;
    case 'open':
      plan.push(StepClass.open);
      plan.goToDesc(leaf.desc, 'Open', lookup);
      return;
    case 'pickup':
      // Laid down again at once: something else may have to be carried next.
      plan.push(StepClass.drop);
      plan.push(StepClass.pickup);
      plan.goToDesc(leaf.desc, null, lookup);
      return;
    case 'putnext':
      plan.push(StepClass.drop);
      plan.goToDesc(leaf.fixed, 'PutNext', lookup);
      plan.push(StepClass.pickup);
      plan.goToDesc(leaf.move, null, lookup);
  }
}

/**
 * Plans what is left of a mission from wherever things are now: parts that the check has already
 * accepted are left out, and what is in hand is laid down where the first part needs free hands.
 */
export function planRest(plan: PlanStack, state: EnvState, map: BotMap): void {
  const leaves: LeafInstr[] = [];
  remaining(state.instruction, leaves);
  for (let i = leaves.length - 1; i >= 0; i--) planLeaf(plan, leaves[i], 'actual');
  const first = leaves[0];
  if (state.carrying < 0 || first === undefined) return;
  if ((first.op === 'open' || first.op === 'goto') && !isInTheWay(state, map)) return;
  if (first.op === 'putnext' && first.move.objects.includes(state.carrying)) {
    plan.pop();
    plan.pop();
    return;
  }
  plan.push(StepClass.drop);
  plan.goToCell(map.dropCell());
}

/**
 * Whether what is in hand will have to be laid down before long: a locked door has been seen, and none that it opens. Who
 * takes it to that door first, as the bot does that unlocks one on its way, shows whoever learns from it that any key will do.
 */
function isInTheWay(state: EnvState, map: BotMap): boolean {
  const { carrying, codes } = state;
  const key = state.objectType[carrying] === ObjectType.key ? state.objectColor[carrying] : -1;
  let isNeeded = false;
  for (const [cell, code] of codes.entries()) {
    if (map.seen[cell] === 0 || cellType(code) !== ObjectType.door) continue;
    if (cellState(code) !== DoorState.locked) continue;
    if (cellColor(code) === key) return false;
    isNeeded = true;
  }
  return isNeeded;
}

/** The leaves still to be done, in the order of doing. */
function remaining(instr: Instr, into: LeafInstr[]): void {
  if (!isSequence(instr)) {
    into.push(instr);
    return;
  }
  const parts = [
    { part: instr.a, status: instr.aStatus },
    { part: instr.b, status: instr.bStatus },
  ];
  if (instr.op === 'after') parts.reverse();
  for (const { part, status } of parts) if (status !== Status.success) remaining(part, into);
}
