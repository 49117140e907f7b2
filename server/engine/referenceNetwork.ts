import type { Engine } from './engine.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Variable } from './types.ts';

/** Size of the network that engines are compared on. */
export interface NetworkSize {
  /** Tokens per sample. */
  tokens: number;
  /** Width of a token. */
  width: number;
}

export const HEADS = 4;
/** Rows of the embedding table: the width of the multi-hot input. */
export const FEATURES = 980;
/** Features that are set in each token. */
export const ACTIVE = 5;
export const ACTIONS = 7;
/** Planner updates, and Doer updates for each of them, in one forward pass. */
const CYCLES = { planner: 2, doer: 2 };

/** One batch: features as indices for engines that sum rows, and as 0/1 for those that multiply; actions int32. */
export interface Batch {
  indices: Tensor2D;
  multiHot?: Tensor2D;
  actions: Tensor1D;
  size: number;
}

/**
 * An HRM-shaped network: one Planner and one Doer block (attention, SwiGLU of twice the width), 2 Planner updates with
 * 2 Doer updates each, gradients through the last of each. It measures engines; it is not a policy.
 */
export class ReferenceNetwork {
  readonly size: NetworkSize;
  readonly variables: Variable[];
  private readonly moments: { m: Variable[]; v: Variable[] };
  private steps = 0;
  private readonly engine: Engine;

  constructor(engine: Engine, size: NetworkSize, random: () => number) {
    this.engine = engine;
    this.size = size;
    const { tf } = engine;
    const d = size.width;
    const shapes = [
      [FEATURES, d],
      [d, 3 * d],
      [d, d],
      [d, 4 * d],
      [2 * d, d],
      [d, 3 * d],
      [d, d],
      [d, 4 * d],
      [2 * d, d],
      [d, ACTIONS],
    ];
    const variable = (shape: number[], deviation: number) => {
      const values = Float32Array.from(
        { length: shape[0] * shape[1] },
        () => (random() - 0.5) * 3.4 * deviation,
      );
      const tensor = tf.tensor(values, shape, 'float32');
      const made = tf.variable(tensor);
      tensor.dispose();
      return made;
    };
    this.variables = shapes.map((shape) => variable(shape, 1 / Math.sqrt(shape[0])));
    this.moments = {
      m: shapes.map((shape) => variable(shape, 0)),
      v: shapes.map((shape) => variable(shape, 0)),
    };
  }

  batch(size: number, random: () => number, dense: boolean): Batch {
    const { tf } = this.engine;
    const rows = size * this.size.tokens;
    const indices = Int32Array.from({ length: rows * ACTIVE }, () =>
      Math.floor(random() * FEATURES),
    );
    const actions = Int32Array.from({ length: size }, () => Math.floor(random() * ACTIONS));
    const hot = dense ? new Float32Array(rows * FEATURES) : undefined;
    indices.forEach((index, i) => {
      if (hot) hot[Math.floor(i / ACTIVE) * FEATURES + index]++;
    });
    return {
      indices: tf.tensor2d(indices, [rows, ACTIVE], 'int32'),
      multiHot: hot && tf.tensor2d(hot, [rows, FEATURES]),
      actions: tf.tensor1d(actions, 'int32'),
      size,
    };
  }

  /** Logits [size, ACTIONS]. */
  forward(batch: Batch): Tensor2D {
    const { engine } = this;
    const { tf } = engine;
    const { tokens, width } = this.size;
    // Cast: all of its weights have two axes.
    const [table, ...weights] = this.variables as unknown as Tensor2D[];
    const [plannerWeights, doerWeights, head] = [
      weights.slice(0, 4),
      weights.slice(4, 8),
      weights[8],
    ];
    const shape: [number, number, number] = [batch.size, tokens, width];
    const embedded = batch.multiHot
      ? tf.matMul(batch.multiHot, table)
      : engine.embedSum(table, batch.indices);
    const x = tf.reshape(embedded, shape);
    const block = (z: Tensor3D, [wqkv, wo, up, down]: Tensor2D[]) =>
      engine.swigluBlock(engine.attentionBlock(z, wqkv, wo, HEADS), up, down);
    let planner = tf.zeros(shape) as Tensor3D;
    let doer = tf.zeros(shape) as Tensor3D;
    const updateDoer = () => {
      doer = block(tf.add(doer, tf.add(planner, x)), doerWeights);
    };
    const updatePlanner = () => {
      planner = block(tf.add(planner, doer), plannerWeights);
    };
    engine.noGrad(() => {
      for (let i = 0; i < CYCLES.planner; i++) {
        const lastCycle = i === CYCLES.planner - 1;
        for (let j = 0; j < CYCLES.doer - (lastCycle ? 1 : 0); j++) updateDoer();
        if (!lastCycle) updatePlanner();
      }
    });
    updateDoer();
    updatePlanner();
    const first = tf.slice(planner, [0, 0, 0], [batch.size, 1, width]);
    return engine.linear(tf.reshape(first, [batch.size, width]), head) as Tensor2D;
  }

  /** One forward pass without gradients; resolves when the result is in this process's memory. */
  async infer(batch: Batch): Promise<Float32Array> {
    const logits = this.engine.tf.tidy(() => this.forward(batch));
    const values = await logits.data();
    logits.dispose();
    return values as Float32Array;
  }

  /**
   * One step of Adam on the mean log-probability of the actions; resolves to the loss.
   * @param average replaces this network's gradients by the mean of several networks'
   */
  async train(batch: Batch, average?: (gradients: Float32Array) => void): Promise<number> {
    const { engine, moments } = this;
    const { tf } = engine;
    const { value, grads } = tf.variableGrads(
      () => tf.neg(tf.mean(engine.categorical(this.forward(batch), batch.actions).logProb)),
      this.variables,
    );
    const list = this.variables.map((variable) => grads[variable.name]);
    if (average) {
      const flat = new Float32Array(engine.sizeOf(list));
      await engine.readFlatAsync(list, flat);
      average(flat);
      engine.writeFlat(list, flat);
    }
    this.steps++;
    await engine.adamStep(this.variables, list, moments.m, moments.v, {
      lr: 1e-3,
      step: this.steps,
      maxGradNorm: 1,
    });
    const [loss] = await value.data();
    tf.dispose([value as Tensor, ...list]);
    return loss;
  }

  dispose(): void {
    this.engine.tf.dispose([...this.variables, ...this.moments.m, ...this.moments.v]);
  }
}
