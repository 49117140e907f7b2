import type { ColorName } from '../shared/constants.ts';

/**
 * The instruction tree of the Baby Language: what a mission says and which objects it
 * means (verify.ts tells whether it has been done). Objects are settled once, at reset; their remembered positions are
 * refreshed only by a drop action, as in Minigrid's verifier.
 */

export const DESCRIBED_TYPES = ['box', 'ball', 'key', 'door'] as const;
export type DescribedType = (typeof DESCRIBED_TYPES)[number];
export const LOCATIONS = ['left', 'right', 'front', 'behind'] as const;
export type Location = (typeof LOCATIONS)[number];

/** "the red ball on your left"; `null` is what the sentence does not say. */
export interface ObjDesc {
  readonly type: DescribedType | null;
  readonly color: ColorName | null;
  readonly loc: Location | null;
  /** Ids of the objects that matched at reset, column by column (x outer, y inner). */
  readonly objects: number[];
  /**
   * Remembered positions as world cells `y * width + x`, in the same scan order. Refreshed by drop
   * actions only, and then only what lies in the grid: so it may be shorter than `objects`, and stale.
   */
  readonly positions: number[];
}

/** Answer of a check: never asked, not yet, done, or failed for good (strict instructions only). */
export const Status = { unasked: 0, continue: 1, success: 2, failure: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

interface LeafBase {
  /** Strict: doing the wrong thing of the same kind ends the episode as a failure. */
  readonly strict: boolean;
  /** What was carried when this leaf was last consulted (object id or -1). */
  preCarrying: number;
}
export interface SingleInstr extends LeafBase {
  readonly op: 'goto' | 'open' | 'pickup';
  readonly desc: ObjDesc;
}
export interface PutNextInstr extends LeafBase {
  readonly op: 'putnext';
  readonly move: ObjDesc;
  readonly fixed: ObjDesc;
}
export type LeafInstr = SingleInstr | PutNextInstr;
/** `a` is the part spoken first; for `after`, `b` has to be done first. */
export interface SequenceInstr {
  readonly op: 'before' | 'after' | 'and';
  readonly a: Instr;
  readonly b: Instr;
  /** Last answer of each part. */
  aStatus: Status;
  bStatus: Status;
}
export type Instr = LeafInstr | SequenceInstr;

export function describe(
  type: DescribedType | null,
  color: ColorName | null = null,
  loc: Location | null = null,
): ObjDesc {
  return { type, color, loc, objects: [], positions: [] };
}
export function goTo(desc: ObjDesc): SingleInstr {
  return { op: 'goto', desc, strict: false, preCarrying: -1 };
}
export function open(desc: ObjDesc, strict = false): SingleInstr {
  return { op: 'open', desc, strict, preCarrying: -1 };
}
export function pickUp(desc: ObjDesc, strict = false): SingleInstr {
  return { op: 'pickup', desc, strict, preCarrying: -1 };
}
export function putNext(move: ObjDesc, fixed: ObjDesc, strict = false): PutNextInstr {
  return { op: 'putnext', move, fixed, strict, preCarrying: -1 };
}
function sequence(op: SequenceInstr['op'], a: Instr, b: Instr): SequenceInstr {
  return { op, a, b, aStatus: Status.unasked, bStatus: Status.unasked };
}
export function before(a: Instr, b: Instr): SequenceInstr {
  return sequence('before', a, b);
}
export function after(a: Instr, b: Instr): SequenceInstr {
  return sequence('after', a, b);
}
export function and(a: Instr, b: Instr): SequenceInstr {
  return sequence('and', a, b);
}

export function isSequence(instr: Instr): instr is SequenceInstr {
  return instr.op === 'before' || instr.op === 'after' || instr.op === 'and';
}

/** The leaves in the order spoken. */
export function leavesOf(instr: Instr, into: LeafInstr[] = []): LeafInstr[] {
  if (isSequence(instr)) {
    leavesOf(instr.a, into);
    leavesOf(instr.b, into);
  } else into.push(instr);
  return into;
}

/** The descriptions in the order spoken. */
export function descriptionsOf(instr: Instr, into: ObjDesc[] = []): ObjDesc[] {
  if (isSequence(instr)) {
    descriptionsOf(instr.a, into);
    descriptionsOf(instr.b, into);
  } else if (instr.op === 'putnext') into.push(instr.move, instr.fixed);
  else into.push(instr.desc);
  return into;
}

/** Walks to somewhere that a mission takes: one for each leaf, two for a put-next. */
export function navigationsNeeded(instr: Instr): number {
  if (isSequence(instr)) return navigationsNeeded(instr.a) + navigationsNeeded(instr.b);
  return instr.op === 'putnext' ? 2 : 1;
}
