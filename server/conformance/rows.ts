import {
  type BabyAIEnv,
  type GeneratorState,
  type Instr,
  isSequence,
  type ObjDesc,
  type SequenceInstr,
  Status,
} from '../../envs/index.ts';
import { COLOR_NAMES, ObjectType } from '../../shared/constants.ts';
import { base64, firstDifference } from './files.ts';

/** Fields that episodes and verifier rows share: the world right after reset. */
export interface StartRow {
  readonly id: string;
  readonly seed: number;
  readonly mission: string;
  readonly instr: unknown;
  readonly max_steps: number;
  readonly width: number;
  readonly height: number;
  readonly grid: string;
  readonly agent_pos: readonly number[];
  readonly agent_dir: number;
  readonly carrying: Carrying;
}
export type Carrying = readonly [string, string] | null;

export interface EpisodeRow extends StartRow {
  readonly obs: string;
  readonly obs_dir: number;
  readonly rng: GeneratorState;
  readonly step: {
    readonly actions: readonly number[];
    readonly reward: readonly number[];
    readonly terminated: readonly number[];
    readonly truncated: readonly number[];
    readonly agent_pos: readonly (readonly number[])[];
    readonly agent_dir: readonly number[];
    readonly carrying: readonly Carrying[];
    readonly obs: readonly string[];
  };
  readonly final_grid: string;
}

export interface VerifierRow extends StartRow {
  readonly scenario: string;
  readonly actions: readonly number[];
  readonly status: string;
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  readonly marks: readonly (readonly [number, readonly (readonly (string | null)[])[]])[];
  readonly end_pos: readonly number[];
  readonly end_dir: number;
  readonly end_carrying: Carrying;
  readonly final_grid: string;
}

export interface ContinuationRow {
  readonly id: string;
  readonly seed: number;
  readonly episodes: readonly (
    | { readonly hang: true }
    | {
        readonly mission: string;
        readonly grid_sha256: string;
        readonly agent_pos: readonly number[];
        readonly agent_dir: number;
        readonly max_steps: number;
        readonly rng: GeneratorState;
      }
  )[];
}

/** An instruction tree in the golden files' form. */
export function treeOf(instr: Instr): unknown {
  if (isSequence(instr))
    return { op: instr.op, strict: false, a: treeOf(instr.a), b: treeOf(instr.b) };
  if (instr.op === 'putnext')
    return {
      op: instr.op,
      move: descOf(instr.move),
      fixed: descOf(instr.fixed),
      strict: instr.strict,
    };
  if (instr.op === 'goto') return { op: instr.op, desc: descOf(instr.desc) };
  return { op: instr.op, desc: descOf(instr.desc), strict: instr.strict };
}
function descOf({ type, color, loc }: ObjDesc) {
  return { type, color, loc };
}

/** Keys in one order, so that objects can be compared as text. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

const TYPE_NAMES = Object.keys(ObjectType);
export function carryingOf({ state }: BabyAIEnv): Carrying {
  const id = state.carrying;
  return id < 0 ? null : [TYPE_NAMES[state.objectType[id]], COLOR_NAMES[state.objectColor[id]]];
}
export function positionOf({ state }: BabyAIEnv): number[] {
  return [state.agentX, state.agentY];
}

/** Compares what a row says of the world right after reset. */
export function compareStart(env: BabyAIEnv, row: StartRow): string | undefined {
  const { state } = env;
  return firstDifference(
    ['mission', state.mission, row.mission],
    ['instr', sorted(treeOf(state.instruction)), sorted(row.instr)],
    ['max_steps', state.maxSteps, row.max_steps],
    ['size', [state.width, state.height], [row.width, row.height]],
    ['grid', base64(env.gridBytes()), row.grid],
    ['agent_pos', positionOf(env), row.agent_pos],
    ['agent_dir', state.agentDir, row.agent_dir],
    ['carrying', carryingOf(env), row.carrying],
  );
}

const STATUS_NAMES: Record<Status, string | null> = {
  [Status.unasked]: null,
  [Status.continue]: 'continue',
  [Status.success]: 'success',
  [Status.failure]: 'failure',
};

/** Answers kept by the inner nodes, node before its sides: `[[a, b], ...]`. */
export function marksOf(instr: Instr): (string | null)[][] {
  if (!isSequence(instr)) return [];
  const node: SequenceInstr = instr;
  return [
    [STATUS_NAMES[node.aStatus], STATUS_NAMES[node.bStatus]],
    ...marksOf(node.a),
    ...marksOf(node.b),
  ];
}
