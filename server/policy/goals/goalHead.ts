import type { Tensor2D } from '@tensorflow/tfjs-core';
import { SUBGOALS } from '../../../shared/goals.ts';
import { GOAL_NONE, NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { OBJECT_FEATURES } from '../../tasks/babyai/objectTokens.ts';
import {
  FIRST_TOKEN,
  type Offset,
  placeOfTarget,
  type TokenRows,
  targetAt,
} from '../../tasks/babyai/targets.ts';
import type { Inputs } from '../batch.ts';
import { type Blocks, type ParameterSpec, Specs, type Weights } from '../blocks.ts';
import type { PolicyConfig } from '../presets.ts';
import type { Random } from '../random.ts';

/** A goal as the Planner states it. */
export interface GoalChoice {
  subgoal: number;
  /** Class of the target; see `targets.ts`. */
  target: number;
}

/** What one sample's Planner can choose of. */
export interface GoalOptions {
  /** Logits of the subgoals. */
  subgoals: Float32Array;
  /** Logits of all targets of a subgoal; −1e9 for those that it cannot have. */
  targets(subgoal: number): Float32Array;
  /** The class that aims at a place. */
  targetAt(place: Offset): number;
}

/** Logits of one sample that its state alone decides: subgoals, then cells and none for any subgoal. */
export const GOAL_OUTPUTS = NUM_SUBGOALS + FIRST_TOKEN;
/** Logit of what cannot be chosen. */
export const IMPOSSIBLE = -1e9;
const DONE = SUBGOALS.indexOf('done');

/** Whether a subgoal can have that target: only a finished mission aims at nothing. */
export const canHave = (subgoal: number, target: number) =>
  target !== GOAL_NONE || subgoal === DONE;

export function goalParameters(config: PolicyConfig): ParameterSpec[] {
  const specs = new Specs('goal', config);
  const { width, latents } = config;
  const table = (name: string, columns: number, std: number): ParameterSpec => ({
    name,
    group: 'goal',
    shape: [NUM_SUBGOALS, columns],
    std,
  });
  return [
    ...specs.head('goal', latents * width, GOAL_OUTPUTS, 0.02),
    specs.linear('goal.query', latents * width, width),
    specs.linear('goal.key', width, width),
    table('goal.query.subgoal', width, 0.3),
    table('goal.cells.subgoal', FIRST_TOKEN, 0),
  ];
}

/**
 * The Planner's goals as a pointer: a subgoal, and given it a target by one softmax over cells and tokens. The score of
 * a token is (query(z_H) + query of the subgoal) · key(token) / √width.
 */
export type GoalTensors = {
  /** [R, GOAL_OUTPUTS] */
  logits: Tensor2D;
  /** [R, width] */
  query: Tensor2D;
  /** One for each token of the pool, [P, width]. */
  keys: Tensor2D;
};

export function goalTensors(blocks: Blocks, w: Weights, zH: Tensor2D, pool: Tensor2D): GoalTensors {
  return {
    logits: blocks.head(w, 'goal', zH),
    query: blocks.linear(zH, w['goal.query']),
    keys: blocks.linear(pool, w['goal.key']),
  };
}

/** What each subgoal adds, as weights: to the query, and to the logits of cells and none. */
export const goalTables = (w: Weights) => ({
  subgoalQuery: w['goal.query.subgoal'],
  subgoalCells: w['goal.cells.subgoal'],
});

/** The same as plain numbers. */
export interface GoalNumbers {
  logits: Float32Array;
  query: Float32Array;
  keys: Float32Array;
  subgoalQuery: Float32Array;
  subgoalCells: Float32Array;
}

/** Reads goals and tables off their tensors, to be scored. @param samples sample of each row */
export async function readScores(
  { logits, query, keys, subgoalQuery, subgoalCells }: GoalTensors & ReturnType<typeof goalTables>,
  inputs: Inputs,
  samples: ArrayLike<number>,
): Promise<GoalScores> {
  const read = async (tensor: { data(): Promise<unknown> }) =>
    (await tensor.data()) as Float32Array;
  const numbers = {
    logits: await read(logits),
    query: await read(query),
    keys: await read(keys),
    subgoalQuery: await read(subgoalQuery),
    subgoalCells: await read(subgoalCells),
  };
  return new GoalScores(numbers, inputs, samples);
}

/** Which tokens belong to the samples that replan. */
export class PlannersTokens {
  private readonly inputs: Inputs;
  private readonly samples: ArrayLike<number>;

  /** @param samples sample of each row */
  constructor(inputs: Inputs, samples: ArrayLike<number>) {
    this.inputs = inputs;
    this.samples = samples;
  }

  /** Row of the first object token of a replanning sample in the pool, and how many there are. */
  span(r: number): { first: number; count: number } {
    const { tokens } = this.inputs;
    return { first: tokens[this.samples[r] * 4], count: tokens[this.samples[r] * 4 + 1] };
  }

  tokens(r: number): TokenRows {
    const { first, count } = this.span(r);
    return { rows: this.inputs.objects, at: first * OBJECT_FEATURES, count };
  }

  place(r: number, target: number): Offset | undefined {
    return placeOfTarget(target, this.tokens(r));
  }
}

/** Reads the goals of the samples that replan. */
export class GoalScores extends PlannersTokens {
  readonly numbers: GoalNumbers;
  private readonly width: number;

  constructor(numbers: GoalNumbers, inputs: Inputs, samples: ArrayLike<number>) {
    super(inputs, samples);
    this.numbers = numbers;
    this.width = numbers.subgoalQuery.length / NUM_SUBGOALS;
  }

  subgoals(r: number): Float32Array {
    return this.numbers.logits.subarray(r * GOAL_OUTPUTS, r * GOAL_OUTPUTS + NUM_SUBGOALS);
  }

  targets(r: number, subgoal: number): Float32Array {
    const { width } = this;
    const { logits, query, keys, subgoalQuery, subgoalCells } = this.numbers;
    const { first, count } = this.span(r);
    const scores = new Float32Array(FIRST_TOKEN + count);
    const at = r * GOAL_OUTPUTS + NUM_SUBGOALS;
    for (let c = 0; c < FIRST_TOKEN; c++) {
      const score = logits[at + c] + subgoalCells[subgoal * FIRST_TOKEN + c];
      scores[c] = canHave(subgoal, c) ? score : IMPOSSIBLE;
    }
    for (let t = 0; t < count; t++) {
      let score = 0;
      for (let i = 0; i < width; i++) {
        const asked = query[r * width + i] + subgoalQuery[subgoal * width + i];
        score += asked * keys[(first + t) * width + i];
      }
      const aims = this.place(r, FIRST_TOKEN + t) !== undefined;
      scores[FIRST_TOKEN + t] = aims ? score / Math.sqrt(width) : IMPOSSIBLE;
    }
    return scores;
  }

  options(r: number): GoalOptions {
    return {
      subgoals: this.subgoals(r),
      targets: (subgoal) => this.targets(r, subgoal),
      targetAt: (place) => targetAt(place, this.tokens(r)),
    };
  }
}

/** The likeliest subgoal, and its likeliest target. */
export function likeliestGoal(options: GoalOptions): GoalChoice {
  const subgoal = argmax(options.subgoals, 0, NUM_SUBGOALS);
  const scores = options.targets(subgoal);
  return { subgoal, target: argmax(scores, 0, scores.length) };
}

/** A subgoal and its target, drawn. */
export function drawnGoal(options: GoalOptions, chance: Random): GoalChoice {
  const draw = (logits: Float32Array) =>
    chance.categorical(softmax(logits, 0, logits.length), 0, logits.length);
  const subgoal = draw(options.subgoals);
  return { subgoal, target: draw(options.targets(subgoal)) };
}

/** Probability that the Planner gives to a goal: the subgoal's times the target's. */
export function goalProbability(options: GoalOptions, { subgoal, target }: GoalChoice): number {
  const scores = options.targets(subgoal);
  return (
    softmaxAt(options.subgoals, 0, NUM_SUBGOALS, subgoal) *
    softmaxAt(scores, 0, scores.length, target)
  );
}

/** Index of the greatest of `count` values from `offset` on, the first of equals. */
export function argmax(values: Float32Array, offset: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[offset + i] > values[offset + best]) best = i;
  return best;
}

/** Softmax of `count` values that begin at `offset`. */
export function softmax(values: Float32Array, offset: number, count: number): Float32Array {
  const slice = values.slice(offset, offset + count);
  const top = slice.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += slice[i] = Math.exp(slice[i] - top);
  for (let i = 0; i < count; i++) slice[i] /= sum;
  return slice;
}

function softmaxAt(values: Float32Array, offset: number, count: number, index: number): number {
  const top = values[offset + argmax(values, offset, count)];
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(values[offset + i] - top);
  return Math.exp(values[offset + index] - top) / sum;
}
