import { recordOf } from '../../shared/records.ts';
import { CheckpointError, isObject, type JsonObject } from '../policy/checkpoint/index.ts';
import { type PaperArch, type PaperConfig, parsePaperConfig } from '../policy/paper/index.ts';
import type { LabTask } from './tasks/task.ts';

export const MODELS = ['hrm', 'trm', 'flat'] as const satisfies readonly PaperArch[];
export type ModelKind = (typeof MODELS)[number];

/** How a model is trained. Every worker of a run has the same. */
export interface Recipe {
  /** Puzzles in one step, all workers together. */
  readonly batch: number;
  readonly learningRate: number;
  /** Steps over which the learning rate rises to its value. */
  readonly warmupSteps: number;
  /** Decoupled weight decay (AdamW). */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly maxGradNorm: number;
  /** Evaluation uses a moving average of the weights: of it, so much stays after each step. */
  readonly ema: number;
  /**
   * `every`: each step is one segment of puzzles that are at different depths, with a loss of its own (deep supervision,
   * arXiv 2506.21734). `last`: each step takes new puzzles through a drawn number of segments without gradient, and
   * learns from the next one alone (as arXiv 2603.15641).
   */
  readonly supervision: (typeof SUPERVISIONS)[number];
  /** Step of the embeddings of puzzles, by the sign of their gradient (the reference's SignSGD). */
  readonly puzzleRate: number;
}

export const RECIPE: Recipe = {
  batch: 128,
  learningRate: 2e-3,
  warmupSteps: 100,
  weightDecay: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  maxGradNorm: 1,
  ema: 0.995,
  supervision: 'every',
  puzzleRate: 1e-2,
};

const SUPERVISIONS = ['every', 'last'] as const;
const NUMBERS = [
  'batch',
  'learningRate',
  'warmupSteps',
  'weightDecay',
  'beta1',
  'beta2',
  'maxGradNorm',
  'ema',
  'puzzleRate',
] as const satisfies readonly Exclude<keyof Recipe, 'supervision'>[];

/** A recipe as a file holds it; what an earlier version did not know is as usual. Throws a CheckpointError. */
export function parseRecipe(given: unknown): Recipe {
  if (!isObject(given)) throw new CheckpointError('config.recipe', 'is no object');
  const supervision = SUPERVISIONS.find((one) => one === (given.supervision ?? RECIPE.supervision));
  if (!supervision)
    throw new CheckpointError(
      'config.recipe.supervision',
      `is ${JSON.stringify(given.supervision)}; accepted: ${SUPERVISIONS.join(', ')}`,
    );
  const numbers = recordOf(NUMBERS, (key) => {
    const value = given[key] ?? RECIPE[key];
    if (typeof value === 'number') return value;
    throw new CheckpointError(
      `config.recipe.${key}`,
      `is ${JSON.stringify(value)}; accepted: a number`,
    );
  });
  return { ...numbers, supervision };
}

/** Sizes under the names of the published configuration files; what the task decides is added by `setupFor`. */
const SIZES: Readonly<Record<ModelKind, JsonObject>> = {
  hrm: { H_layers: 1, L_layers: 1, H_cycles: 2, L_cycles: 2 },
  trm: { L_layers: 1, H_cycles: 2, L_cycles: 3 },
  // As many layers, and so weights, as the HRM has; no recursion.
  flat: { L_layers: 2 },
};

const SHARED: JsonObject = {
  hidden_size: 64,
  num_heads: 4,
  expansion: 3,
  swiglu_multiple: 32,
  pos_encodings: 'learned',
  halt_max_steps: 8,
  halt_exploration_prob: 0.1,
  no_ACT_continue: true,
};

/** Sizes that people may change; the others follow from the task. */
export const SIZE_NAMES: readonly string[] = [
  ...new Set([...Object.keys(SHARED), ...Object.values(SIZES).flatMap(Object.keys)]),
  'mlp_t',
  'puzzle_emb_ndim',
  'puzzle_emb_len',
  'rope_theta',
  'rms_norm_eps',
];

/** A model for a task, and how to train it. `sizes` is what a checkpoint keeps. */
export interface Setup {
  readonly kind: ModelKind;
  readonly sizes: JsonObject;
  readonly config: PaperConfig;
  readonly recipe: Recipe;
}

/** What people may change of a setup. */
export interface SetupChanges {
  readonly sizes?: JsonObject;
  readonly recipe?: Partial<Recipe>;
}

/** @throws PaperConfigError naming a size that is wrong. */
export function setupFor(task: LabTask, kind: ModelKind, changes: SetupChanges = {}): Setup {
  const sizes: JsonObject = {
    ...SHARED,
    ...SIZES[kind],
    // One pass is all that a model without states can use.
    ...(kind === 'flat' ? { halt_max_steps: 1 } : {}),
    ...changes.sizes,
    ...sizesOf(task),
  };
  if (task.identifiers > 1) sizes.puzzle_emb_ndim ??= sizes.hidden_size;
  return {
    kind,
    sizes,
    config: parsePaperConfig(kind, sizes),
    recipe: { ...RECIPE, ...changes.recipe },
  };
}

/** The sizes that follow from a task. */
export const sizesOf = (task: LabTask): JsonObject => ({
  seq_len: task.rows * task.columns,
  vocab_size: task.vocabulary,
  num_puzzle_identifiers: task.identifiers,
});
