import type { LabFile } from '../lab/file.ts';
import { RECIPE, type SetupChanges, SIZE_NAMES, sizesOf } from '../lab/models.ts';
import { REFERENCE_SIZES } from '../lab/reference.ts';
import type { LabTask } from '../lab/tasks/index.ts';
import type { JsonObject } from '../policy/checkpoint/index.ts';
import { UsageError } from './command.ts';

export const LAB_TASK = {
  type: 'text',
  help: 'Kind of puzzle: sudoku4, sudoku6, sudoku9, maze5 to maze30, or arc:DIR with ARC’s JSON files.',
  placeholder: 'TASK',
  required: true,
} as const;

export const SEGMENTS_OPTION = {
  type: 'integer',
  help: 'Segments to think for; as many as in training unless given.',
  min: 1,
  max: 1024,
} as const;

/** For checkpoints that do not say their own sizes. */
export const REFERENCE_SET = {
  type: 'list',
  help: `For checkpoints of the original code: what their tensors do not say, as num_heads=8. Names: ${REFERENCE_SIZES.join(', ')}.`,
  placeholder: 'NAME=VALUE',
} as const;

/** Sizes from `--set`; a recipe has no place where nothing is trained. */
export function parseSizesSet(pairs: readonly string[] | undefined): JsonObject {
  const { sizes, recipe } = parseChanges(pairs);
  const [idle] = Object.keys(recipe);
  if (idle !== undefined)
    throw new UsageError(
      `--set has ${idle}, which is for training; accepted: ${REFERENCE_SIZES.join(', ')}`,
    );
  return sizes;
}

const NUMBERS = Object.keys(RECIPE).filter((name) => name !== 'supervision');

/** Changes of sizes and recipe from `--set name=value …`. Throws a UsageError that names what is accepted. */
export function parseChanges(pairs: readonly string[] | undefined): Required<SetupChanges> {
  const sizes: JsonObject = {};
  const recipe: Record<string, number | string> = {};
  for (const pair of pairs ?? []) {
    const [name, value = '', ...rest] = pair.split('=');
    const wrong = (accepted: string) => new UsageError(`--set is "${pair}"; accepted: ${accepted}`);
    if (rest.length > 0 || value.trim() === '') throw wrong('NAME=VALUE');
    const number = Number(value);
    if (name === 'supervision') {
      if (value !== 'every' && value !== 'last') throw wrong('supervision=every or last');
      recipe[name] = value;
    } else if (NUMBERS.includes(name)) {
      const [least, most] =
        name === 'batch'
          ? [1, 65_536]
          : name === 'ema' || name.startsWith('beta')
            ? [0, 0.99999]
            : [0, 1e6];
      if (!(number >= least && number <= most) || (name === 'batch' && !Number.isInteger(number)))
        throw wrong(`${name} from ${least} to ${most}`);
      recipe[name] = number;
    } else if (SIZE_NAMES.includes(name)) {
      // parsePaperConfig judges them, with all others.
      sizes[name] =
        value === 'true' || value === 'false'
          ? value === 'true'
          : Number.isNaN(number)
            ? value
            : number;
    } else
      throw wrong(
        `NAME=VALUE with one of ${[...NUMBERS, 'supervision', ...SIZE_NAMES].join(', ')}`,
      );
  }
  return { sizes, recipe };
}

/** Refuses a model that was made for other puzzles. */
export function checkFits(file: LabFile, task: LabTask): void {
  const family = (id: string) => id.split(':')[0];
  const wanted = sizesOf(task);
  const given = file.sizes;
  const other = Object.keys(wanted).find((name) => given[name] !== wanted[name]);
  if (family(file.task) !== family(task.id) || other) {
    const detail = other
      ? ` (${other} is ${given[other]}, and the task needs ${wanted[other]})`
      : '';
    throw new UsageError(
      `--checkpoint is a model for ${file.task}; accepted: one for ${task.id}${detail}`,
    );
  }
}
