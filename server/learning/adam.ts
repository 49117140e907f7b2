export interface AdamOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Longest gradient followed (global norm); longer ones are scaled down to it. */
  maxGradNorm: number;
}

/** Adam (Kingma & Ba 2015) over one flat vector; on every engine the same bits. */
export class Adam {
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Steps taken. */
  steps = 0;

  constructor(length: number) {
    this.m = new Float32Array(length);
    this.v = new Float32Array(length);
  }

  /**
   * Moves `weights` one step against `gradient`, in place.
   * @returns the gradient's norm before clipping; NaN or infinite means that nothing was changed
   */
  step(weights: Float32Array, gradient: Float32Array, options: AdamOptions): number {
    const norm = normOf(gradient);
    if (!Number.isFinite(norm)) return norm;
    const { beta1, beta2, epsilon } = options;
    const scale = norm > options.maxGradNorm ? options.maxGradNorm / norm : 1;
    this.steps++;
    const rate =
      (options.learningRate * Math.sqrt(1 - beta2 ** this.steps)) / (1 - beta1 ** this.steps);
    const small = epsilon * Math.sqrt(1 - beta2 ** this.steps);
    const { m, v } = this;
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] * scale;
      const mean = beta1 * m[i] + (1 - beta1) * g;
      const square = beta2 * v[i] + (1 - beta2) * g * g;
      m[i] = mean;
      v[i] = square;
      weights[i] -= (rate * mean) / (Math.sqrt(square) + small);
    }
    return norm;
  }
}

function normOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum);
}
