import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createEngine } from '../engine/index.ts';
import { Collective, createCollectiveMemory } from '../learning/workers/collective.ts';
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type JsonObject,
  weightsHash,
} from '../policy/checkpoint/index.ts';
import { createPaperModel, initWeights } from '../policy/paper/index.ts';
import { addEvaluations, evaluatePuzzles, reportOf } from './evaluate.ts';
import { readLabFile, weightsOf, writeLabFile } from './file.ts';
import { LabLearner, sumLength } from './learner.ts';
import { type ModelKind, type SetupChanges, setupFor } from './models.ts';
import { LabRun } from './run.ts';
import { taskNamed } from './tasks/index.ts';
import { think } from './think.ts';
import { trainLab } from './train.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SMALL: SetupChanges = {
  sizes: { hidden_size: 16, num_heads: 2, swiglu_multiple: 8, halt_max_steps: 3 },
  recipe: { batch: 6, warmupSteps: 1 },
};
const engine = await createEngine({ engine: 'wasm' });
const task = await taskNamed('sudoku4');

function learnerFor(kind: ModelKind, changes: SetupChanges = {}, seed = 1) {
  const setup = setupFor(task, kind, {
    sizes: { ...SMALL.sizes, ...changes.sizes },
    recipe: { ...SMALL.recipe, ...changes.recipe },
  });
  const weights = initWeights(setup.config, seed);
  const collective = new Collective(createCollectiveMemory(1, 10_000), 0);
  return new LabLearner(engine, task, setup.config, weights, setup.recipe, seed, collective);
}

/** Writes a small HRM's run to a file. */
async function written(name: string, learner: LabLearner) {
  const setup = setupFor(task, 'hrm', SMALL);
  const { kind, sizes, config, recipe } = setup;
  const run = { shared: learner.sharedRecord(), workers: [await learner.ownRecord()] };
  const weights = weightsOf(config, initWeights(config, 1), run.shared);
  const path = join(folder, `${name}.safetensors`);
  const about = { kind, sizes, config, recipe, task: 'sudoku4', history: [], seed: 1 };
  await writeLabFile(path, { ...about, weights, run });
  return { path, setup };
}

/** One short text for all that a learner knows, for comparing two of them. */
function hashOf(learner: LabLearner): string {
  const { steps, ...arrays } = learner.sharedRecord();
  const hash = createHash('sha256').update(String(steps));
  for (const array of Object.values(arrays)) hash.update(array);
  return hash.digest('hex');
}

test.each<[ModelKind, SetupChanges]>([
  ['hrm', {}],
  ['hrm', { sizes: { no_ACT_continue: false } }],
  ['hrm', { recipe: { supervision: 'last' } }],
  ['trm', { sizes: { mlp_t: true, pos_encodings: 'none' } }],
  ['flat', { sizes: { halt_max_steps: 1 } }],
])(
  '%s learns (%j), leaves no tensors behind, and equal seeds give equal weights',
  async (kind, changes) => {
    const [a, b] = [learnerFor(kind, changes), learnerFor(kind, changes)];
    const first = await a.train(3);
    await a.train(2);
    const before = engine.tf.memory().numTensors;
    const last = await a.train(12);
    expect(engine.tf.memory().numTensors).toBe(before);
    expect(last.loss / last.steps).toBeLessThan(first.loss / first.steps);
    await b.train(a.sharedRecord().steps);
    expect(hashOf(b)).toBe(hashOf(a));
    const other = learnerFor(kind, changes, 2);
    await other.train(2);
    const another = learnerFor(kind, changes, 1);
    await another.train(2);
    expect(hashOf(other)).not.toBe(hashOf(another));
  },
);

test('a saved run goes on as if it had never stopped', async () => {
  const straight = learnerFor('hrm');
  await straight.train(9);
  const half = learnerFor('hrm');
  await half.train(4);
  const {
    path,
    setup: { config, recipe },
  } = await written('half', half);
  const file = await readLabFile(path);
  expect(file.recipe).toEqual(recipe);
  const resumed = learnerFor('hrm');
  await resumed.train(1);
  if (!file.run) throw new Error('the run was not kept');
  resumed.restore(file.run.shared, file.run.workers[0]);
  await resumed.train(5);
  expect(resumed.sharedRecord().weights).toEqual(straight.sharedRecord().weights);
  expect(resumed.sharedRecord()).toEqual(straight.sharedRecord());
  // What solves puzzles is the average, not the newest weights.
  expect(weightsHash(file.weights)).toBe(
    weightsHash(weightsOf(config, initWeights(config, 1), half.sharedRecord())),
  );
});

test('a trained model thinks the same when it is built anew from its weights', async () => {
  const learner = learnerFor('hrm');
  await learner.train(6);
  const { config } = setupFor(task, 'hrm', SMALL);
  const puzzles = task.heldOut(2);
  const here = await learner.averaged(() => think(learner.model, task, puzzles, 2));
  const weights = weightsOf(config, initWeights(config, 1), learner.sharedRecord());
  const anew = createPaperModel(config, weights, engine);
  expect(await think(anew, task, puzzles, 2)).toEqual(here);
  anew.dispose();
});

test('two workers train one network, and save what two workers can go on with', async () => {
  const setup = setupFor(task, 'hrm', SMALL);
  const path = join(folder, 'two.safetensors');
  const options = { task: 'sudoku4', setup, workers: 2, seed: 3 };
  const run = await LabRun.start(options);
  try {
    const result = await trainLab(run, { steps: 4, puzzles: 5, evaluateEvery: 3 });
    expect(result.curve.map(([step]) => step)).toEqual([3, 4]);
    expect(result.last?.puzzles).toBe(5);
    await writeLabFile(path, await run.toFile([]));
  } finally {
    await run.dispose();
  }
  const saved = await readLabFile(path);
  expect(saved.run?.workers).toHaveLength(2);
  expect(saved.run?.shared.steps).toBe(4);
  // Both began with the same weights and added the same gradients, so one network came out.
  const again = await LabRun.start({ ...options, start: saved.weights, resume: saved.run });
  try {
    await again.train(1);
    const { shared } = await again.record();
    expect(shared.steps).toBe(5);
    expect(shared.weights).not.toEqual(saved.run?.shared.weights);
  } finally {
    await again.dispose();
  }
});

test('embeddings of puzzles are learnt where a task has rules to tell apart', async () => {
  const arc = join(folder, 'flip.json');
  writeFileSync(
    arc,
    JSON.stringify({
      train: [{ input: [[1, 2]], output: [[2, 1]] }],
      test: [{ input: [[3, 4]], output: [[4, 3]] }],
    }),
  );
  const flips = await taskNamed(`arc:${folder}`);
  const setup = setupFor(flips, 'hrm', SMALL);
  const { config, recipe } = setup;
  expect(config).toMatchObject({ puzzleTokens: 1, numPuzzleIdentifiers: 17 });
  expect(sumLength(config, 0)).toBe(4 + 17 * 16);
  const collective = new Collective(createCollectiveMemory(1, 10_000), 0);
  const learner = new LabLearner(
    engine,
    flips,
    config,
    initWeights(config, 1),
    recipe,
    1,
    collective,
  );
  await learner.train(3);
  const { puzzles } = learner.sharedRecord();
  expect(puzzles.some((x) => x !== 0)).toBe(true);
  // Identifier 0 stands for no puzzle, and nobody asked for it.
  expect(puzzles.subarray(0, 16).every((x) => x === 0)).toBe(true);
  const sums = await evaluatePuzzles(learner.model, flips, flips.heldOut(5), 2);
  expect(sums).toMatchObject({ puzzles: 1, voted: expect.any(Number) });
});

test('evaluations of parts add up to that of the whole, at any depth', async () => {
  const { model } = learnerFor('hrm');
  const puzzles = task.heldOut(7);
  const whole = await evaluatePuzzles(model, task, puzzles, 5);
  const parts = [puzzles.slice(0, 3), puzzles.slice(3)].map((part) =>
    evaluatePuzzles(model, task, part, 5),
  );
  const added = reportOf(addEvaluations(await Promise.all(parts)));
  expect(added).toEqual(reportOf(whole));
  expect(added.bySegment).toHaveLength(5);
  expect(added.ci95[0]).toBeLessThanOrEqual(added.exact);
});

describe('hostile files', () => {
  async function saved(): Promise<Uint8Array> {
    const { path } = await written('good', learnerFor('hrm'));
    return readFileSync(path);
  }

  test.each<[string, (config: JsonObject, run: JsonObject) => void]>([
    [
      'config.model',
      (config) => {
        config.model = 'gru';
      },
    ],
    [
      'config.sizes.L_layers',
      (config) => {
        (config.sizes as JsonObject).L_layers = 1e9;
      },
    ],
    [
      'config.sizes',
      (config) => {
        (config.sizes as JsonObject).hidden_size = 'wide';
      },
    ],
    [
      'tensor "inner.',
      (config) => {
        (config.sizes as JsonObject).hidden_size = 32;
      },
    ],
    [
      'run.steps',
      (_, run) => {
        run.steps = -1;
      },
    ],
    [
      'run.random',
      (_, run) => {
        run.random = [[1, 2, 3]];
      },
    ],
    [
      'tensor "run.worker1.steps"',
      (_, run) => {
        run.random = [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ];
      },
    ],
  ])('a wrong %s is refused by name', async (field, change) => {
    const { info, tensors } = decodeCheckpoint(await saved());
    const { config, run, history, seeds, architecture } = structuredClone(info) as typeof info;
    change(config, run as JsonObject);
    const path = join(folder, 'bad.safetensors');
    writeFileSync(path, encodeCheckpoint({ architecture, config, history, seeds, run, tensors }));
    const reading = readLabFile(path);
    await expect(reading).rejects.toThrow(CheckpointError);
    await expect(reading).rejects.toThrow(new RegExp(`^${field.replaceAll('.', '\\.')}`));
  });

  test('a policy of another kind, a missing file and damaged bytes are refused', async () => {
    const bytes = Uint8Array.from(await saved());
    bytes[bytes.length - 1] ^= 1;
    const path = join(folder, 'damaged.safetensors');
    writeFileSync(path, bytes);
    await expect(readLabFile(path)).rejects.toThrow(/data_sha256/);
    await expect(readLabFile('nowhere')).rejects.toThrow(
      /^checkpoint: is "nowhere", and there is no such file/,
    );
    await expect(
      readLabFile(join('server', 'policy', 'shipped', 'default.safetensors')),
    ).rejects.toThrow(/^architecture: is "planner-and-doer\/nano-hrm"/);
  });
});
