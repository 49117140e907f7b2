// Longer than most files: one training step of the paper's algorithm, top to bottom, and the state that it works on.
import type { Engine, Tensor, Variable } from '../engine/index.ts';
import type { Collective } from '../learning/workers/collective.ts';
import {
  type Carry,
  callModel,
  createPaperModel,
  disposeCarry,
  initialCarry,
  lossAndGradients,
  type PaperConfig,
  type PaperModel,
  type PaperWeights,
  type PuzzleBatch,
} from '../policy/paper/index.ts';
import { Random } from '../policy/random.ts';
import { batchOf } from './batch.ts';
import type { Recipe } from './models.ts';
import type { LabTask, Puzzle } from './tasks/task.ts';

/** Sums over the puzzles of some steps, all workers together. */
export interface StepSums {
  steps: number;
  /** Loss of a puzzle, added over steps. */
  loss: number;
  /** Puzzles that were finished, how many of them were right in all cells, and the segments they took. */
  finished: number;
  exact: number;
  segments: number;
}

const SUMS = 4;
const PUZZLES = 'inner.puzzle_emb.weights';
const PUZZLE_GRADIENT = 'inner.puzzle_emb.local_weights';

/** What all workers have alike: what a checkpoint keeps of weights and optimiser, in the order of the parameters. */
export interface SharedRecord {
  weights: Float32Array;
  average: Float32Array;
  adamM: Float32Array;
  adamV: Float32Array;
  /** Embeddings of puzzles; empty where there are none. */
  puzzles: Float32Array;
  steps: number;
}

/** What is a worker's own: its chance, and the puzzles it is in the middle of. */
export interface OwnRecord {
  random: number[];
  zH: Float32Array;
  zL: Float32Array;
  steps: Int32Array;
  halted: Uint8Array;
  data: PuzzleBatch;
}

/** Floats that the workers add up in one step. */
export function sumLength(config: PaperConfig, parameters: number): number {
  return (
    parameters +
    SUMS +
    (config.puzzleWidth > 0 ? config.numPuzzleIdentifiers * config.puzzleWidth : 0)
  );
}

/** One of the equal workers of a run: its own engine, puzzles and copy of the weights. */
export class LabLearner {
  readonly model: PaperModel;
  private readonly engine: Engine;
  private readonly task: LabTask;
  private readonly recipe: Recipe;
  private readonly collective: Collective;
  private readonly random: Random;
  private readonly variables: Variable[];
  private readonly moments: { m: Variable[]; v: Variable[] };
  /** Moving average of the weights. */
  private readonly average: Float32Array;
  private readonly current: Float32Array;
  private readonly puzzles: Float32Array;
  /** Gradients, then sums, then gradients of the puzzles' embeddings. */
  private readonly sums: Float32Array;
  private carry: Carry;
  private steps = 0;
  private readonly rows: number;
  private readonly none: Puzzle;

  constructor(
    engine: Engine,
    task: LabTask,
    config: PaperConfig,
    weights: PaperWeights,
    recipe: Recipe,
    seed: number,
    collective: Collective,
  ) {
    this.engine = engine;
    this.task = task;
    this.recipe = recipe;
    this.collective = collective;
    const { tf } = engine;
    this.model = createPaperModel(config, weights, engine);
    this.variables = [...this.model.parameters.values()] as Variable[];
    const zeros = () =>
      this.variables.map(({ shape }) => {
        const start = tf.zeros(shape);
        const made = tf.variable(start);
        start.dispose();
        return made;
      });
    this.moments = { m: zeros(), v: zeros() };
    const size = engine.sizeOf(this.variables);
    this.sums = new Float32Array(sumLength(config, size));
    this.current = new Float32Array(size);
    this.average = new Float32Array(size);
    engine.readFlat(this.variables, this.average);
    const table = this.model.buffers.get(PUZZLES);
    this.puzzles = new Float32Array(table?.size ?? 0);
    if (table) engine.readFlat([table], this.puzzles);
    this.random = new Random(seed, 100 + collective.rank);
    const { size: workers, rank } = collective;
    this.rows = Math.floor(recipe.batch / workers) + (rank < recipe.batch % workers ? 1 : 0);
    this.carry = initialCarry(config, this.rows);
    const length = task.rows * task.columns;
    this.none = { input: new Uint8Array(length), identifier: 0, size: 0, guesses: 0 };
  }

  /** Steps of training, each with the same weights on every worker. */
  async train(steps: number): Promise<StepSums> {
    const total: StepSums = { steps: 0, loss: 0, finished: 0, exact: 0, segments: 0 };
    for (let i = 0; i < steps; i++) {
      const [loss, finished, exact, segments] = await this.step();
      total.steps++;
      total.loss += loss / this.recipe.batch;
      total.finished += finished;
      total.exact += exact;
      total.segments += segments;
    }
    return total;
  }

  /** New puzzles for the places of finished ones; what stands in the other places is not looked at. */
  private refill(halted: Uint8Array): PuzzleBatch {
    const puzzles = Array.from(halted, (free) =>
      free ? this.task.sample(this.random) : this.none,
    );
    return batchOf(puzzles, this.task.rows * this.task.columns);
  }

  /** The state that the step's segment starts from, and what fills the places of finished puzzles. */
  private async begin(): Promise<{ carry: Carry; batch: PuzzleBatch }> {
    const { config } = this.model;
    if (this.recipe.supervision === 'every')
      return { carry: this.carry, batch: this.refill(this.carry.halted) };
    let carry = initialCarry(config, this.rows);
    const batch = this.refill(carry.halted);
    const before = this.random.below(config.haltMaxSteps);
    for (let i = 0; i < before; i++) {
      const next = await callModel(this.model, carry, batch, { training: false });
      next.outputs.logits.dispose();
      disposeCarry(carry);
      carry = next.carry;
    }
    return { carry, batch };
  }

  private async step(): Promise<Float32Array> {
    const { engine, model, recipe, random, collective, sums, variables } = this;
    const { carry, batch } = await this.begin();
    const { gradients, outputs, metrics, loss, ...next } = await lossAndGradients(
      model,
      carry,
      batch,
      'stablemax',
      { training: true, random: () => random.uniform() },
    );
    outputs.logits.dispose();
    disposeCarry(carry);
    if (recipe.supervision === 'every') this.carry = next.carry;
    else disposeCarry(next.carry);
    const list = [...model.parameters.keys()].map((name) => gradients.get(name) as Tensor);
    const size = this.current.length;
    engine.readFlat(list, sums.subarray(0, size));
    sums.set([loss, metrics.count, metrics.exact_accuracy, metrics.steps], size);
    this.addPuzzleGradients(gradients.get(PUZZLE_GRADIENT), next.carry.currentData);
    collective.sum(sums);
    for (let i = 0; i < size; i++) sums[i] /= recipe.batch;
    engine.writeFlat(list, sums.subarray(0, size));
    this.steps++;
    const norm = await engine.adamStep(variables, list, this.moments.m, this.moments.v, {
      lr: recipe.learningRate * Math.min(1, this.steps / recipe.warmupSteps),
      step: this.steps,
      beta1: recipe.beta1,
      beta2: recipe.beta2,
      weightDecay: recipe.weightDecay,
      maxGradNorm: recipe.maxGradNorm,
    });
    for (const tensor of gradients.values()) tensor.dispose();
    if (!Number.isFinite(norm))
      throw new Error(`the gradient is ${norm} at step ${this.steps}: try a lower learning rate`);
    this.updatePuzzles();
    this.updateAverage();
    return sums.subarray(size, size + SUMS);
  }

  private addPuzzleGradients(
    gradient: Tensor | undefined,
    { puzzleIdentifiers }: PuzzleBatch,
  ): void {
    if (!gradient) return;
    const width = gradient.shape[1] as number;
    const values = new Float32Array(gradient.size);
    this.engine.readFlat([gradient], values);
    const rows = this.sums.subarray(this.current.length + SUMS);
    rows.fill(0);
    for (const [b, id] of puzzleIdentifiers.entries())
      for (let i = 0; i < width; i++) rows[id * width + i] += values[b * width + i];
  }

  private updatePuzzles(): void {
    const { puzzles, recipe } = this;
    const table = this.model.buffers.get(PUZZLES);
    if (!table) return;
    const rows = this.sums.subarray(this.current.length + SUMS);
    const rate = recipe.puzzleRate;
    for (let i = 0; i < puzzles.length; i++)
      // Embeddings of other puzzles have no gradient, and so do not decay.
      if (rows[i] !== 0)
        puzzles[i] = puzzles[i] * (1 - rate * recipe.weightDecay) - rate * Math.sign(rows[i]);
    this.engine.writeFlat([table], puzzles);
  }

  private updateAverage(): void {
    const { average, current } = this;
    this.engine.readFlat(this.variables, current);
    // A young average forgets faster, or the first weights would rule it for long.
    const keep = Math.min(this.recipe.ema, this.steps / (this.steps + 10));
    for (let i = 0; i < current.length; i++)
      average[i] = keep * average[i] + (1 - keep) * current[i];
  }

  /** Runs `f` with the averaged weights in place. */
  async averaged<T>(f: () => Promise<T>): Promise<T> {
    this.engine.readFlat(this.variables, this.current);
    this.engine.writeFlat(this.variables, this.average);
    try {
      return await f();
    } finally {
      this.engine.writeFlat(this.variables, this.current);
    }
  }

  sharedRecord(): SharedRecord {
    const flat = (tensors: readonly Tensor[]) => {
      const values = new Float32Array(this.engine.sizeOf(tensors));
      this.engine.readFlat(tensors, values);
      return values;
    };
    return {
      weights: flat(this.variables),
      average: Float32Array.from(this.average),
      adamM: flat(this.moments.m),
      adamV: flat(this.moments.v),
      puzzles: Float32Array.from(this.puzzles),
      steps: this.steps,
    };
  }

  async ownRecord(): Promise<OwnRecord> {
    const { zH, zL, steps, halted, currentData } = this.carry;
    const [h, l] = await Promise.all([zH.data(), zL.data()]);
    return {
      random: Array.from(this.random.state),
      zH: Float32Array.from(h),
      zL: Float32Array.from(l),
      steps,
      halted,
      data: currentData,
    };
  }

  restore(shared: SharedRecord, own: OwnRecord): void {
    const { engine } = this;
    const { tf } = engine;
    engine.writeFlat(this.variables, shared.weights);
    engine.writeFlat(this.moments.m, shared.adamM);
    engine.writeFlat(this.moments.v, shared.adamV);
    this.average.set(shared.average);
    this.puzzles.set(shared.puzzles);
    const table = this.model.buffers.get(PUZZLES);
    if (table) engine.writeFlat([table], this.puzzles);
    this.steps = shared.steps;
    this.random.state.set(own.random);
    const shape = this.carry.zH.shape;
    disposeCarry(this.carry);
    this.carry = {
      zH: tf.tensor3d(own.zH, shape),
      zL: tf.tensor3d(own.zL, shape),
      steps: own.steps,
      halted: own.halted,
      currentData: own.data,
    };
  }
}
