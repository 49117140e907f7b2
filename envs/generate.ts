import { DoorState } from '../shared/constants.ts';
import type { RoomBuilder } from './builder.ts';
import { type Instr, isSequence, type ObjDesc } from './instructions.ts';
import type { LevelSpec } from './levels/family.ts';
import { REJECT } from './roomGrid.ts';
import type { EnvState } from './state.ts';
import { isNextTo, resolveDescription } from './verify.ts';

/** Attempts at a layout before generation is given up; registered levels need a handful. */
const MAX_ATTEMPTS = 100_000;

/**
 * Draws layouts until one is valid, without seeding anew in between (Minigrid's rejection sampling).
 * Throws an Error where none is found.
 */
export function generate(level: LevelSpec, builder: RoomBuilder): Instr {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    try {
      builder.begin();
      const instruction = level.build(builder);
      if (isValid(instruction, level, builder)) return instruction;
    } catch (error) {
      if (error !== REJECT) throw error;
    }
  }
  throw new Error(`${level.id}: no valid layout in ${MAX_ATTEMPTS} attempts`);
}

/** Minigrid's validation: nothing is done already, and no key is asked for that a lock needs. */
function isValid(instruction: Instr, level: LevelSpec, builder: RoomBuilder): boolean {
  if (isSequence(instruction))
    return isValid(instruction.a, level, builder) && isValid(instruction.b, level, builder);
  const { state } = builder;
  if (instruction.op !== 'putnext')
    return !(level.unblocking && isKeyOfLock(instruction.desc, state, builder));
  const { move, fixed } = instruction;
  resolveDescription(move, state);
  resolveDescription(fixed, state);
  for (const id of move.objects)
    if (fixed.objects.includes(id) || isNextTo(state, id, fixed)) return false;
  return !(
    level.unblocking &&
    (isKeyOfLock(move, state, builder) || isKeyOfLock(fixed, state, builder))
  );
}

function isKeyOfLock(desc: ObjDesc, state: EnvState, builder: RoomBuilder): boolean {
  if (desc.type !== 'key' || desc.color === null) return false;
  for (let id = 0; id < state.objectCount; id++)
    if (
      state.isDoor(id) &&
      state.doorState(id) === DoorState.locked &&
      builder.colorOf(id) === desc.color
    )
      return true;
  return false;
}
