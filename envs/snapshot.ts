import type { RoomBuilder } from './builder.ts';
import { type Instr, isSequence, type ObjDesc, type Status } from './instructions.ts';
import { GENERATOR_RECORD } from './rng.ts';
import type { EnvState } from './state.ts';

/** A copy of an environment's state at one moment; opaque, and never changed by the environment. */
export interface EnvSnapshot {
  readonly codes: Uint16Array;
  readonly ids: Int16Array;
  readonly objects: Int16Array;
  readonly scalars: Int32Array;
  readonly instruction: Instr;
  /** What the instruction remembers, flattened. */
  readonly memory: readonly number[];
  readonly generator: Float64Array;
}

const COLUMNS = 5;

export function captureSnapshot(state: EnvState, builder: RoomBuilder): EnvSnapshot {
  const count = state.objectCount;
  const objects = new Int16Array(count * COLUMNS);
  for (let id = 0; id < count; id++) {
    const at = id * COLUMNS;
    objects[at] = state.objectType[id];
    objects[at + 1] = state.objectColor[id];
    objects[at + 2] = state.objectX[id];
    objects[at + 3] = state.objectY[id];
    objects[at + 4] = state.objectContains[id];
  }
  const generator = new Float64Array(GENERATOR_RECORD);
  builder.rng.save(generator);
  return {
    codes: state.codes.slice(),
    ids: state.ids.slice(),
    objects,
    scalars: Int32Array.of(
      state.agentX,
      state.agentY,
      state.agentDir,
      state.carrying,
      state.stepCount,
      state.maxSteps,
      builder.rememberedRoom,
    ),
    instruction: state.instruction,
    memory: saveMemory(state.instruction, []),
    generator,
  };
}

export function restoreSnapshot(from: EnvSnapshot, state: EnvState, builder: RoomBuilder): void {
  if (from.codes.length !== state.codes.length)
    throw new Error('snapshot is of a grid of another size; accepted: one of the same level');
  state.codes.set(from.codes);
  state.ids.set(from.ids);
  state.objectCount = 0;
  for (let at = 0; at < from.objects.length; at += COLUMNS) {
    const id = state.addObject(from.objects[at], from.objects[at + 1], from.objects[at + 4]);
    state.objectX[id] = from.objects[at + 2];
    state.objectY[id] = from.objects[at + 3];
  }
  const [x, y, dir, carrying, stepCount, maxSteps, remembered] = from.scalars;
  state.setAgent(x, y, dir);
  state.carrying = carrying;
  state.stepCount = stepCount;
  state.maxSteps = maxSteps;
  builder.rememberedRoom = remembered;
  builder.rng.load(from.generator);
  if (state.instruction !== from.instruction) state.setInstruction(from.instruction);
  loadMemory(from.instruction, from.memory, 0);
}

function saveMemory(instr: Instr, into: number[]): number[] {
  if (isSequence(instr)) {
    into.push(instr.aStatus, instr.bStatus);
    saveMemory(instr.a, into);
    saveMemory(instr.b, into);
  } else {
    into.push(instr.preCarrying);
    if (instr.op === 'putnext') {
      into.push(instr.move.positions.length, ...instr.move.positions);
      into.push(instr.fixed.positions.length, ...instr.fixed.positions);
    } else into.push(instr.desc.positions.length, ...instr.desc.positions);
  }
  return into;
}

function loadMemory(instr: Instr, from: readonly number[], at: number): number {
  if (isSequence(instr)) {
    instr.aStatus = from[at] as Status;
    instr.bStatus = from[at + 1] as Status;
    return loadMemory(instr.b, from, loadMemory(instr.a, from, at + 2));
  }
  instr.preCarrying = from[at];
  if (instr.op === 'putnext')
    return loadPositions(instr.fixed, from, loadPositions(instr.move, from, at + 1));
  return loadPositions(instr.desc, from, at + 1);
}

function loadPositions(desc: ObjDesc, from: readonly number[], at: number): number {
  const count = from[at];
  desc.positions.length = 0;
  for (let i = 1; i <= count; i++) desc.positions.push(from[at + i]);
  return at + 1 + count;
}
