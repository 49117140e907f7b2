import {
  CheckpointError,
  expectWeights,
  isObject,
  type JsonObject,
  loadCheckpoint,
  type StoredTensor,
  saveCheckpoint,
  shippedNames,
  shippedPath,
  type TensorMap,
} from '../policy/checkpoint/index.ts';
import {
  bufferShapes,
  type PaperConfig,
  PaperConfigError,
  type PaperWeights,
  parameterShapes,
  parsePaperConfig,
} from '../policy/paper/index.ts';
import { checkSizes } from '../policy/policyFile.ts';
import type { OwnRecord, SharedRecord } from './learner.ts';
import { MODELS, type ModelKind, parseRecipe, type Recipe } from './models.ts';

const ARCHITECTURE = 'planner-and-doer/lab';
const SHIPPED = new URL('./shipped/', import.meta.url);

/** All that a run needs to go on as if it had never stopped. */
export interface RunRecord {
  readonly shared: SharedRecord;
  readonly workers: readonly OwnRecord[];
}

/** A model of the lab: averaged weights to solve with, and, unless left out, the run that they come from. */
export interface LabFile {
  readonly kind: ModelKind;
  readonly sizes: JsonObject;
  readonly config: PaperConfig;
  readonly task: string;
  readonly recipe: Recipe;
  readonly history: readonly JsonObject[];
  readonly seed: number;
  readonly weights: PaperWeights;
  readonly run?: RunRecord;
}

/** Names of the models that come with the project. */
export function shippedModels(): string[] {
  return shippedNames(SHIPPED);
}

/** The file that a shipped name or a path means. Throws a CheckpointError where there is none. */
export function pathOf(nameOrFile: string): string {
  return shippedPath(SHIPPED, nameOrFile, 'a file of `lab train --out`');
}

/** Weights from a run's averages, buffers from where it started. */
export function weightsOf(
  config: PaperConfig,
  start: PaperWeights,
  { average, puzzles }: SharedRecord,
): PaperWeights {
  const weights: PaperWeights = new Map(start);
  let at = 0;
  for (const [name, shape] of parameterShapes(config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    weights.set(name, {
      dtype: 'F32',
      shape,
      data: new Float32Array(average.subarray(at, at + size)),
    });
    at += size;
  }
  const table = weights.get('inner.puzzle_emb.weights');
  if (table)
    weights.set('inner.puzzle_emb.weights', {
      dtype: 'F32',
      shape: table.shape,
      data: new Float32Array(puzzles),
    });
  return weights;
}

const SHARED = ['weights', 'adamM', 'adamV'] as const;

function runTensors({ shared, workers }: RunRecord): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const f32 = (name: string, data: Float32Array) =>
    tensors.set(`run.${name}`, {
      dtype: 'F32',
      shape: [data.length],
      data: new Float32Array(data),
    });
  const i32 = (name: string, data: ArrayLike<number>) =>
    tensors.set(`run.${name}`, {
      dtype: 'I32',
      shape: [data.length],
      data: Int32Array.from(data),
    });
  for (const name of SHARED) f32(name, shared[name]);
  for (const [rank, own] of workers.entries()) {
    f32(`worker${rank}.zH`, own.zH);
    f32(`worker${rank}.zL`, own.zL);
    i32(`worker${rank}.steps`, own.steps);
    i32(`worker${rank}.halted`, own.halted);
    i32(`worker${rank}.inputs`, own.data.inputs);
    i32(`worker${rank}.labels`, own.data.labels);
    i32(`worker${rank}.identifiers`, own.data.puzzleIdentifiers);
  }
  return tensors;
}

/** Writes a model, atomically. */
export async function writeLabFile(
  path: string,
  file: LabFile,
): Promise<{ weightsHash: string; bytes: number }> {
  const { kind, sizes, task, recipe, history, seed, weights, run } = file;
  return saveCheckpoint(path, {
    architecture: ARCHITECTURE,
    config: { model: kind, sizes, task, recipe: { ...recipe } },
    history,
    seeds: { weights: seed },
    tensors: new Map([...weights, ...(run ? runTensors(run) : [])]),
    ...(run
      ? { run: { steps: run.shared.steps, random: run.workers.map(({ random }) => random) } }
      : {}),
  });
}

/** Most that sizes may be, so that a file cannot ask for more than a machine has. */
const MOST: Readonly<Record<string, number>> = {
  seq_len: 1000,
  vocab_size: 1000,
  hidden_size: 8192,
  num_heads: 256,
  expansion: 64,
  swiglu_multiple: 4096,
  H_layers: 64,
  L_layers: 64,
  H_cycles: 64,
  L_cycles: 64,
  halt_max_steps: 1024,
  num_puzzle_identifiers: 2 ** 20,
  puzzle_emb_ndim: 8192,
  puzzle_emb_len: 64,
};

/** @throws CheckpointError naming the size */
export function parseSizes(kind: ModelKind, sizes: JsonObject): PaperConfig {
  for (const [name, most] of Object.entries(MOST)) {
    const value = sizes[name];
    if (typeof value === 'number' && value > most)
      throw new CheckpointError(`config.sizes.${name}`, `is ${value}; accepted: at most ${most}`);
  }
  try {
    return parsePaperConfig(kind, sizes);
  } catch (error) {
    if (!(error instanceof PaperConfigError)) throw error;
    throw new CheckpointError('config.sizes', error.message);
  }
}

/**
 * Reads a model of the lab, by file or shipped name.
 * @throws CheckpointError naming what is wrong; the file system's error if it cannot be read
 */
export async function readLabFile(nameOrFile: string): Promise<LabFile> {
  const { info, tensors } = await loadCheckpoint(pathOf(nameOrFile));
  if (info.architecture !== ARCHITECTURE)
    throw new CheckpointError(
      'architecture',
      `is "${info.architecture}"; accepted: "${ARCHITECTURE}", as \`lab train --out\` writes it`,
    );
  const { model, sizes, task, recipe } = info.config;
  const kind = MODELS.find((name) => name === model);
  if (!kind)
    throw new CheckpointError(
      'config.model',
      `is ${JSON.stringify(model)}; accepted: ${MODELS.join(', ')}`,
    );
  if (!isObject(sizes)) throw new CheckpointError('config.sizes', 'is no object');
  if (typeof task !== 'string') throw new CheckpointError('config.task', 'is no text');
  const config = parseSizes(kind, sizes);
  const shapes = new Map([...parameterShapes(config), ...bufferShapes(config)]);
  expectWeights(tensors, shapes);
  checkSizes({ tensors });
  const weights: PaperWeights = new Map(
    [...shapes.keys()].map((name) => [name, tensors.get(name) as StoredTensor]),
  );
  return {
    kind,
    sizes,
    config,
    task,
    recipe: parseRecipe(recipe),
    history: info.history,
    seed: info.seeds.weights ?? 0,
    weights,
    run: info.run && readRun(config, info.run, tensors, weights),
  };
}

function readRun(
  config: PaperConfig,
  json: JsonObject,
  tensors: TensorMap,
  weights: PaperWeights,
): RunRecord {
  const { steps, random } = json;
  if (!Number.isSafeInteger(steps) || (steps as number) < 0)
    throw new CheckpointError('run.steps', `is ${JSON.stringify(steps)}; accepted: a whole number`);
  if (
    !Array.isArray(random) ||
    random.length === 0 ||
    random.length > 64 ||
    !random.every(
      (state) => Array.isArray(state) && state.length === 4 && state.every(Number.isSafeInteger),
    )
  )
    throw new CheckpointError(
      'run.random',
      'is wrong; accepted: four whole numbers for each worker',
    );
  const read = <T extends Float32Array | Int32Array>(
    name: string,
    dtype: 'F32' | 'I32',
    length?: number,
  ): T => {
    const tensor = tensors.get(`run.${name}`);
    const wanted = length === undefined ? dtype : `${dtype} of ${length} numbers`;
    if (tensor?.dtype !== dtype || (length !== undefined && tensor.data.length !== length))
      throw new CheckpointError(`tensor "run.${name}"`, `is missing or wrong, expected ${wanted}`);
    return tensor.data as T;
  };
  let size = 0;
  for (const shape of parameterShapes(config).values()) size += shape.reduce((a, b) => a * b, 1);
  const average = new Float32Array(size);
  let at = 0;
  for (const name of parameterShapes(config).keys()) {
    const data = weights.get(name)?.data as Float32Array;
    average.set(data, at);
    at += data.length;
  }
  const shared: SharedRecord = {
    weights: read('weights', 'F32', size),
    adamM: read('adamM', 'F32', size),
    adamV: read('adamV', 'F32', size),
    average,
    puzzles: (weights.get('inner.puzzle_emb.weights')?.data as Float32Array) ?? new Float32Array(),
    steps: steps as number,
  };
  const state = (config.seqLen + config.puzzleTokens) * config.width;
  const workers = random.map((words, rank): OwnRecord => {
    const name = (part: string) => `worker${rank}.${part}`;
    const own = read<Int32Array>(name('steps'), 'I32');
    const rows = own.length;
    return {
      random: words as number[],
      steps: own,
      zH: read(name('zH'), 'F32', rows * state),
      zL: read(name('zL'), 'F32', rows * state),
      halted: Uint8Array.from(read<Int32Array>(name('halted'), 'I32', rows)),
      data: {
        inputs: read(name('inputs'), 'I32', rows * config.seqLen),
        labels: read(name('labels'), 'I32', rows * config.seqLen),
        puzzleIdentifiers: read(name('identifiers'), 'I32', rows),
      },
    };
  });
  return { shared, workers };
}
