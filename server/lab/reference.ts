import { readFile } from 'node:fs/promises';
import {
  CheckpointError,
  type JsonObject,
  readSafetensors,
  type TensorMap,
} from '../policy/checkpoint/index.ts';
import { bareName, loadReferenceWeights, swigluWidth } from '../policy/paper/index.ts';
import { type LabFile, parseSizes, pathOf, readLabFile } from './file.ts';
import { type ModelKind, RECIPE, sizesOf } from './models.ts';
import type { LabTask } from './tasks/task.ts';

/** What tensors do not say, as the published configuration files have it. */
const DEFAULTS: Readonly<Record<'hrm' | 'trm', JsonObject>> = {
  hrm: { H_cycles: 2, L_cycles: 2, halt_max_steps: 16, no_ACT_continue: false },
  trm: { H_cycles: 3, L_cycles: 6, halt_max_steps: 16, no_ACT_continue: true },
};
/** Width of one head there. */
const HEAD = 64;
/** `puzzle_emb_len` of the published TRM configurations. */
const TRM_PUZZLE_TOKENS = 16;
/** Inner widths of SwiGLU come from a factor and a step; the published pair first. */
const SWIGLU = [256, 128, 64, 32, 16, 8, 4, 2, 1].flatMap((multiple) =>
  [4, 3, 8 / 3, 2, 1.5, 1, 6, 8].map((expansion) => [expansion, multiple] as const),
);

/** Sizes that `--set` may give for such a file; all others are read off its tensors. */
export const REFERENCE_SIZES: readonly string[] = [
  'num_heads',
  'H_cycles',
  'L_cycles',
  'halt_max_steps',
  'pos_encodings',
  'puzzle_emb_len',
  'rope_theta',
  'rms_norm_eps',
];

/**
 * Reads a model of the lab, or a checkpoint of the original PyTorch code (safetensors with its names, which may begin
 * with `_orig_mod.`, `model.` or `module.`; F32, F16 or BF16), which does not say what it is: kind and most sizes follow from
 * its tensors and the task, the rest are as published unless `changes` says otherwise.
 * @throws CheckpointError naming what is wrong
 */
export async function readModel(
  nameOrFile: string,
  task: LabTask,
  changes: JsonObject = {},
): Promise<LabFile> {
  const path = pathOf(nameOrFile);
  const tensors = await foreignTensors(path);
  if (!tensors) {
    const [idle] = Object.keys(changes);
    if (idle !== undefined)
      throw new CheckpointError(
        'set',
        `${idle} has no effect: ${nameOrFile} says its own sizes; accepted: none`,
      );
    return readLabFile(nameOrFile);
  }
  try {
    const kind: ModelKind = isHrm(tensors) ? 'hrm' : 'trm';
    const sizes = sizesFrom(kind, tensors, task, changes);
    const config = parseSizes(kind, sizes);
    return {
      kind,
      sizes,
      config,
      task: task.id,
      recipe: RECIPE,
      history: [],
      seed: 0,
      weights: loadReferenceWeights(tensors, config),
    };
  } catch (error) {
    throw error instanceof CheckpointError ? error.inFile(path) : error;
  }
}

/** The tensors of a safetensors file that is not ours; undefined for one that is, or that does not read at all. */
async function foreignTensors(path: string): Promise<TensorMap | undefined> {
  try {
    const { tensors, metadata } = readSafetensors(await readFile(path));
    return Object.hasOwn(metadata, 'checkpoint') ? undefined : named(tensors);
  } catch {
    // Read again as one of ours, with a message that says what is wrong.
    return undefined;
  }
}

/** Nothing of the paper's models is in it: the reader of our own files says so better. */
function named(tensors: TensorMap): TensorMap | undefined {
  const names = new Set([...tensors.keys()].map(bareName));
  return names.has('inner.embed_tokens.embedding_weight') ? tensors : undefined;
}

const isHrm = (tensors: TensorMap) =>
  [...tensors.keys()].some((name) => bareName(name).startsWith('inner.H_level.'));

function sizesFrom(
  kind: 'hrm' | 'trm',
  tensors: TensorMap,
  task: LabTask,
  changes: JsonObject,
): JsonObject {
  const read = Object.keys(changes).find((name) => !REFERENCE_SIZES.includes(name));
  if (read !== undefined)
    throw new CheckpointError(
      'set',
      `${read} follows from the file's tensors; accepted: ${REFERENCE_SIZES.join(', ')}`,
    );
  const shapes = new Map([...tensors].map(([name, { shape }]) => [bareName(name), shape]));
  const shapeOf = (name: string): readonly number[] => {
    const shape = shapes.get(name);
    if (shape?.length !== 2)
      throw new CheckpointError(`tensor "${name}"`, 'is missing, expected a matrix');
    return shape;
  };
  const layers = (level: string) =>
    new Set(
      [...shapes.keys()].flatMap((name) => {
        const layer = new RegExp(`^inner\\.${level}_level\\.layers\\.(\\d+)\\.`).exec(name)?.[1];
        return layer === undefined ? [] : [layer];
      }),
    ).size;
  const [vocabulary, width] = shapeOf('inner.embed_tokens.embedding_weight');
  const { seq_len, ...rest } = sizesOf(task);
  if (vocabulary !== task.vocabulary)
    throw new CheckpointError(
      'vocabulary',
      `is ${vocabulary}, and ${task.id} has ${task.vocabulary}; accepted: a model for ${task.id}`,
    );
  const puzzles = shapes.get('inner.puzzle_emb.weights');
  const positions = shapes.get('inner.embed_pos.embedding_weight');
  const first = 'inner.L_level.layers.0';
  const mixing = shapes.get(`${first}.mlp_t.down_proj.weight`);
  // Tokens before the sequence: told by whatever has a row for each.
  const total = positions?.[0] ?? mixing?.[0];
  const inFront = total === undefined ? undefined : total - (seq_len as number);
  if (inFront !== undefined && inFront < 0)
    throw new CheckpointError(
      'sequence',
      `has ${total} places, and ${task.id} needs ${seq_len}; accepted: a model for ${task.id}`,
    );
  const [, inner] = shapeOf(`${first}.mlp.down_proj.weight`);
  const pair = SWIGLU.find(
    ([expansion, multiple]) =>
      swigluWidth(width, expansion, multiple) === inner &&
      (!mixing || swigluWidth(total as number, expansion, multiple) === mixing[1]),
  );
  if (!pair)
    throw new CheckpointError(
      `tensor "${first}.mlp.down_proj.weight"`,
      `is ${inner} wide, which no factor and step of the published kind gives`,
    );
  return {
    ...rest,
    seq_len,
    hidden_size: width,
    vocab_size: vocabulary,
    num_puzzle_identifiers: puzzles?.[0] ?? rest.num_puzzle_identifiers,
    ...(puzzles ? { puzzle_emb_ndim: puzzles[1] } : {}),
    ...(kind === 'trm' && puzzles ? { puzzle_emb_len: inFront ?? TRM_PUZZLE_TOKENS } : {}),
    num_heads: Math.max(1, Math.round(width / HEAD)),
    expansion: pair[0],
    swiglu_multiple: pair[1],
    ...(kind === 'hrm' ? { H_layers: layers('H') } : {}),
    L_layers: layers('L'),
    ...(mixing ? { mlp_t: true } : {}),
    pos_encodings: positions ? 'learned' : mixing ? 'none' : 'rope',
    ...DEFAULTS[kind],
    ...changes,
  };
}
