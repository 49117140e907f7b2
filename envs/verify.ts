import { Action, COLOR_NAMES, DoorState, ObjectType } from '../shared/constants.ts';
import { cellState, cellType } from './cells.ts';
import {
  type Instr,
  isSequence,
  LOCATIONS,
  type ObjDesc,
  type PutNextInstr,
  type SingleInstr,
  Status,
} from './instructions.ts';
import type { EnvState } from './state.ts';

/**
 * Settles which objects of the grid a description means, seen from the agent's present pose, and
 * remembers where they are. Locations are limited to the agent's room, its walls included.
 */
export function resolveDescription(desc: ObjDesc, state: EnvState): void {
  const type = desc.type === null ? -1 : ObjectType[desc.type];
  const color = desc.color === null ? -1 : COLOR_NAMES.indexOf(desc.color);
  const loc = desc.loc === null ? -1 : LOCATIONS.indexOf(desc.loc);
  desc.objects.length = 0;
  for (let id = 0; id < state.objectCount; id++)
    if (matches(state, id, type, color, loc)) insertInScanOrder(desc.objects, id, state);
  desc.positions.length = 0;
  for (const id of desc.objects) desc.positions.push(state.objectCell(id));
}

/** True where object `id` lies in the grid and fits; -1 stands for what is not said. */
export function matches(
  state: EnvState,
  id: number,
  type: number,
  color: number,
  loc: number,
): boolean {
  if (type >= 0 && state.objectType[id] !== type) return false;
  if (color >= 0 && state.objectColor[id] !== color) return false;
  return state.isInGrid(id) && (loc < 0 || isAtLocation(state, id, loc));
}

function isAtLocation(state: EnvState, id: number, loc: number): boolean {
  const x = state.objectX[id];
  const y = state.objectY[id];
  const left = Math.floor(state.agentX / (state.roomWidth - 1)) * (state.roomWidth - 1);
  const top = Math.floor(state.agentY / (state.roomHeight - 1)) * (state.roomHeight - 1);
  if (x < left || y < top || x >= left + state.roomWidth || y >= top + state.roomHeight)
    return false;
  const dx = x - state.agentX;
  const dy = y - state.agentY;
  // Turned so that the agent looks along `ahead`, with `right` to its right.
  const dir = state.agentDir;
  const ahead = dir === 0 ? dx : dir === 1 ? dy : dir === 2 ? -dx : -dy;
  const right = dir === 0 ? dy : dir === 1 ? -dx : dir === 2 ? -dy : dx;
  return loc === 0 ? right < 0 : loc === 1 ? right > 0 : loc === 2 ? ahead > 0 : ahead < 0;
}

/** Minigrid scans column by column. */
function scanKey(state: EnvState, id: number): number {
  return state.objectX[id] * state.height + state.objectY[id];
}
function insertInScanOrder(ids: number[], id: number, state: EnvState): void {
  const key = scanKey(state, id);
  let at = ids.length;
  ids.push(id);
  while (at > 0 && scanKey(state, ids[at - 1]) > key) {
    ids[at] = ids[at - 1];
    at--;
  }
  ids[at] = id;
}

/** Settles all descriptions and forgets all answers: the start of an episode. */
export function resetInstruction(instr: Instr, state: EnvState): void {
  if (isSequence(instr)) {
    instr.aStatus = Status.unasked;
    instr.bStatus = Status.unasked;
    resetInstruction(instr.a, state);
    resetInstruction(instr.b, state);
    return;
  }
  instr.preCarrying = -1;
  if (instr.op === 'putnext') {
    resolveDescription(instr.move, state);
    resolveDescription(instr.fixed, state);
  } else resolveDescription(instr.desc, state);
}

/** Looks up where the settled objects lie now; those that are carried or gone are left out. */
export function refreshPositions(instr: Instr, state: EnvState): void {
  if (isSequence(instr)) {
    refreshPositions(instr.a, state);
    refreshPositions(instr.b, state);
  } else if (instr.op === 'putnext') {
    refreshDescription(instr.move, state);
    refreshDescription(instr.fixed, state);
  } else refreshDescription(instr.desc, state);
}

function cellScanKey(cell: number, width: number, height: number): number {
  return (cell % width) * height + Math.floor(cell / width);
}
function refreshDescription(desc: ObjDesc, state: EnvState): void {
  const positions = desc.positions;
  const { width, height } = state;
  positions.length = 0;
  for (const id of desc.objects) {
    if (!state.isInGrid(id)) continue;
    const cell = state.objectCell(id);
    const key = cellScanKey(cell, width, height);
    let at = positions.length;
    positions.push(cell);
    while (at > 0 && cellScanKey(positions[at - 1], width, height) > key) {
      positions[at] = positions[at - 1];
      at--;
    }
    positions[at] = cell;
  }
}

/** Checks an instruction after `action` took effect. Exactly once for each step: it remembers. */
export function verify(instr: Instr, state: EnvState, action: number): Status {
  switch (instr.op) {
    case 'goto':
      return verifyGoTo(instr, state);
    case 'open':
      return verifyOpen(instr, state, action);
    case 'pickup':
      return verifyPickUp(instr, state, action);
    case 'putnext':
      return verifyPutNext(instr, state, action);
    case 'and':
      if (instr.aStatus !== Status.success) instr.aStatus = verify(instr.a, state, action);
      if (instr.bStatus !== Status.success) instr.bStatus = verify(instr.b, state, action);
      // A side that fails is asked again: it does not end the episode.
      return instr.aStatus === Status.success && instr.bStatus === Status.success
        ? Status.success
        : Status.continue;
    case 'before':
      if (instr.aStatus !== Status.success) {
        instr.aStatus = verify(instr.a, state, action);
        if (instr.aStatus !== Status.success) return instr.aStatus;
      }
      // The action that completed the first part is shown to the second as well.
      instr.bStatus = verify(instr.b, state, action);
      return instr.bStatus;
    case 'after':
      if (instr.bStatus !== Status.success) {
        instr.bStatus = verify(instr.b, state, action);
        if (instr.bStatus !== Status.success) return instr.bStatus;
      }
      instr.aStatus = verify(instr.a, state, action);
      return instr.aStatus;
  }
}

function verifyGoTo(instr: SingleInstr, state: EnvState): Status {
  const front = state.frontCell();
  const positions = instr.desc.positions;
  for (let i = 0; i < positions.length; i++) if (positions[i] === front) return Status.success;
  return Status.continue;
}

function verifyOpen(instr: SingleInstr, state: EnvState, action: number): Status {
  if (action !== Action.toggle) return Status.continue;
  const code = state.frontCode();
  if (cellType(code) !== ObjectType.door) return Status.continue;
  if (cellState(code) === DoorState.open && instr.desc.objects.includes(state.frontObject()))
    return Status.success;
  return instr.strict ? Status.failure : Status.continue;
}

function verifyPickUp(instr: SingleInstr, state: EnvState, action: number): Status {
  const before = instr.preCarrying;
  instr.preCarrying = state.carrying;
  if (action !== Action.pickup) return Status.continue;
  if (before < 0 && state.carrying >= 0 && instr.desc.objects.includes(state.carrying))
    return Status.success;
  return instr.strict && state.carrying >= 0 ? Status.failure : Status.continue;
}

function verifyPutNext(instr: PutNextInstr, state: EnvState, action: number): Status {
  const moved = instr.preCarrying;
  instr.preCarrying = state.carrying;
  if (instr.strict && action === Action.pickup && state.carrying >= 0) return Status.failure;
  if (action !== Action.drop || moved < 0 || !instr.move.objects.includes(moved))
    return Status.continue;
  return isNextTo(state, moved, instr.fixed) ? Status.success : Status.continue;
}

/** True where object `id` is at Manhattan distance 1 from a remembered position of `desc`. */
export function isNextTo(state: EnvState, id: number, desc: ObjDesc): boolean {
  for (const cell of desc.positions) {
    const dx = Math.abs(state.objectX[id] - (cell % state.width));
    const dy = Math.abs(state.objectY[id] - Math.floor(cell / state.width));
    if (dx + dy === 1) return true;
  }
  return false;
}
