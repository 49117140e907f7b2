import {
  type BabyAIEnv,
  createEnv,
  descriptionsOf,
  EndlessGenerationError,
  type Instr,
  isSequence,
  leavesOf,
  navigationsNeeded,
} from '../../envs/index.ts';
import { Action, ObjectType } from '../../shared/constants.ts';
import { firstDifference } from './files.ts';
import { sorted } from './rows.ts';

type Counts = Record<string, number>;
export interface LevelRow {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly max_steps:
    | { readonly rule: 'fixed'; readonly value: number }
    | { readonly rule: 'per_nav'; readonly per_nav: number };
  readonly observed: {
    readonly seeds: number;
    readonly max_steps: Counts;
    readonly navs: Counts;
    readonly instr_shapes: Counts;
    readonly locations: Counts;
    readonly loose_objects_in_grid: Counts;
    readonly done_only_episode: {
      readonly seed: number;
      readonly steps: number;
      readonly terminated: boolean;
      readonly truncated: boolean;
    };
  };
  readonly sample_missions: readonly (readonly [seed: number, mission: string])[];
}

/** Checks a level's size, time limit, and what was counted over many seeds. */
export function compareLevel(row: LevelRow): string | undefined {
  const env = createEnv(row.id);
  const { level } = env;
  const limit = level.maxSteps;
  const facts = firstDifference(
    ['size', [level.width, level.height], [row.width, row.height]],
    [
      'rooms',
      [level.shape.roomSize, level.shape.rows, level.shape.cols],
      [row.attributes.room_size, row.attributes.num_rows, row.attributes.num_cols],
    ],
    [
      'max_steps',
      limit.rule === 'fixed' ? limit : { rule: limit.rule, per_nav: limit.perNav },
      row.max_steps,
    ],
  );
  if (facts !== undefined) return facts;
  for (const [seed, mission] of row.sample_missions) {
    const difference = firstDifference([
      `mission of seed ${seed}`,
      createEnv(row.id, { seed }).mission,
      mission,
    ]);
    if (difference !== undefined) return difference;
  }
  return compareCounts(row) ?? compareIdleEpisode(row);
}

function compareCounts({ id, observed, sample_missions: samples }: LevelRow): string | undefined {
  const counts = {
    max_steps: {} as Counts,
    navs: {} as Counts,
    instr_shapes: {} as Counts,
    locations: {} as Counts,
    loose_objects_in_grid: {} as Counts,
  };
  const add = (to: Counts, key: string | number) => {
    to[key] = (to[key] ?? 0) + 1;
  };
  // Seeds go on as the samples begin.
  const first = samples[0]?.[0] ?? 0;
  const stride = (samples[1]?.[0] ?? first + 1) - first;
  for (let seen = 0, seed = first; seen < observed.seeds; seed += stride) {
    const env = createEnv(id);
    try {
      env.reset(seed);
    } catch (error) {
      if (error instanceof EndlessGenerationError) continue;
      throw error;
    }
    seen++;
    const { instruction, maxSteps } = env.state;
    add(counts.max_steps, maxSteps);
    add(counts.navs, navigationsNeeded(instruction));
    add(counts.instr_shapes, shapeOf(instruction));
    for (const desc of descriptionsOf(instruction)) add(counts.locations, desc.loc ?? 'None');
    add(counts.loose_objects_in_grid, looseObjects(env));
  }
  return firstDifference(
    ...Object.entries(counts).map(
      ([name, ours]) =>
        [`observed ${name}`, sorted(ours), sorted(observed[name as keyof typeof counts])] as const,
    ),
  );
}

function shapeOf(instr: Instr): string {
  return isSequence(instr) ? `${instr.op}(${shapeOf(instr.a)},${shapeOf(instr.b)})` : instr.op;
}
function looseObjects({ state }: BabyAIEnv): number {
  let count = 0;
  for (let id = 0; id < state.objectCount; id++)
    if (state.objectType[id] !== ObjectType.door && state.isInGrid(id)) count++;
  return count;
}

function compareIdleEpisode({ id, observed }: LevelRow): string | undefined {
  const theirs = observed.done_only_episode;
  const env = createEnv(id, { seed: theirs.seed });
  let result = env.step(Action.done);
  while (!result.terminated && !result.truncated) result = env.step(Action.done);
  return firstDifference(
    ['done-only episode: steps', env.state.stepCount, theirs.steps],
    ['done-only episode: terminated', result.terminated, theirs.terminated],
    ['done-only episode: truncated', result.truncated, theirs.truncated],
    ['leaves', leavesOf(env.state.instruction).length > 0, true],
  );
}
