/** The engines' operations written out in double precision. Every engine is compared with them. */

/** A value with its shape; row-major. */
export interface Array64 {
  shape: number[];
  data: Float64Array;
}

const EPSILON = 1e-5;

export function array64(shape: number[], data: ArrayLike<number>): Array64 {
  return { shape, data: Float64Array.from(data) };
}

const zeros = (shape: number[]): Array64 => ({
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
});
const silu = (x: number): number => x / (1 + Math.exp(-x));

export function linear(x: Array64, w: Array64, b?: Array64): Array64 {
  const [inner, outer] = w.shape;
  const n = x.data.length / inner;
  const y = zeros([...x.shape.slice(0, -1), outer]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < outer; j++) {
      let sum = b ? b.data[j] : 0;
      for (let k = 0; k < inner; k++) sum += x.data[i * inner + k] * w.data[k * outer + j];
      y.data[i * outer + j] = sum;
    }
  }
  return y;
}

export function addRmsNorm(x: Array64, residual?: Array64): Array64 {
  const d = x.shape[x.shape.length - 1];
  const y = zeros(x.shape);
  for (let row = 0; row < x.data.length; row += d) {
    let squares = 0;
    for (let j = row; j < row + d; j++) {
      y.data[j] = x.data[j] + (residual ? residual.data[j] : 0);
      squares += y.data[j] ** 2;
    }
    for (let j = row; j < row + d; j++) y.data[j] /= Math.sqrt(squares / d + EPSILON);
  }
  return y;
}

export function swiglu(x: Array64, wGateUp: Array64, wDown: Array64): Array64 {
  const f = wDown.shape[0];
  const both = linear(x, wGateUp);
  const n = both.data.length / (2 * f);
  const hidden = zeros([...x.shape.slice(0, -1), f]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < f; j++) {
      hidden.data[i * f + j] = silu(both.data[i * 2 * f + j]) * both.data[i * 2 * f + f + j];
    }
  }
  return linear(hidden, wDown);
}

export const swigluBlock = (x: Array64, wGateUp: Array64, wDown: Array64): Array64 =>
  addRmsNorm(x, swiglu(x, wGateUp, wDown));

/** Columns from..to of the last axis. */
function columns(x: Array64, from: number, to: number): Array64 {
  const width = x.shape[x.shape.length - 1];
  const out = zeros([...x.shape.slice(0, -1), to - from]);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = x.data[Math.floor(i / (to - from)) * width + from + (i % (to - from))];
  }
  return out;
}

/** Softmax attention of q[B, L, D] over k, v[B, T, D], by head. */
export function attend(q: Array64, k: Array64, v: Array64, heads: number) {
  const [batch, l, d] = q.shape;
  const t = k.shape[1];
  const hd = d / heads;
  const y = zeros(q.shape);
  const weights = zeros([batch, heads, l, t]);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < l; i++) {
        const scores: number[] = [];
        for (let j = 0; j < t; j++) {
          let dot = 0;
          for (let c = h * hd; c < (h + 1) * hd; c++) {
            dot += q.data[(b * l + i) * d + c] * k.data[(b * t + j) * d + c];
          }
          scores.push(dot / Math.sqrt(hd));
        }
        const peak = Math.max(...scores);
        const total = scores.reduce((sum, score) => sum + Math.exp(score - peak), 0);
        for (let j = 0; j < t; j++) {
          const weight = Math.exp(scores[j] - peak) / total;
          weights.data[((b * heads + h) * l + i) * t + j] = weight;
          for (let c = h * hd; c < (h + 1) * hd; c++) {
            y.data[(b * l + i) * d + c] += weight * v.data[(b * t + j) * d + c];
          }
        }
      }
    }
  }
  return { y, weights };
}

/** x cos + rotateHalf(x) sin, by head, for x[B, S, D]. */
function rotate(x: Array64, heads: number, cos: Array64, sin: Array64): Array64 {
  const [, s, d] = x.shape;
  const hd = d / heads;
  const y = zeros(x.shape);
  for (let i = 0; i < x.data.length; i++) {
    const c = i % hd;
    const position = Math.floor(i / d) % s;
    const partner = c < hd / 2 ? -x.data[i + hd / 2] : x.data[i - hd / 2];
    y.data[i] = x.data[i] * cos.data[position * hd + c] + partner * sin.data[position * hd + c];
  }
  return y;
}

export function attentionBlock(
  x: Array64,
  wqkv: Array64,
  wo: Array64,
  heads: number,
  rotary?: { cos: Array64; sin: Array64 },
): Array64 {
  const d = x.shape[2];
  const qkv = linear(x, wqkv);
  let [q, k] = [columns(qkv, 0, d), columns(qkv, d, 2 * d)];
  if (rotary) [q, k] = [q, k].map((part) => rotate(part, heads, rotary.cos, rotary.sin));
  return addRmsNorm(x, linear(attend(q, k, columns(qkv, 2 * d, 3 * d), heads).y, wo));
}

/** Groups of queries over two spans (first, count) each of one pool [P, 2D] of keys and values. */
export function raggedAttention(
  q: Array64,
  kv: Array64,
  spans: ArrayLike<number>,
  heads: number,
  group: number,
): Array64 {
  const d = q.shape[1];
  const y = zeros(q.shape);
  for (let g = 0; g < q.shape[0] / group; g++) {
    const rows: number[] = [];
    for (const half of [0, 2]) {
      for (let t = 0; t < spans[g * 4 + half + 1]; t++) rows.push(spans[g * 4 + half] + t);
    }
    const pick = (from: number) =>
      array64(
        [1, rows.length, d],
        rows.flatMap((row) => [...kv.data.subarray(row * 2 * d + from, row * 2 * d + from + d)]),
      );
    const own = array64([1, group, d], q.data.subarray(g * group * d, (g + 1) * group * d));
    y.data.set(attend(own, pick(0), pick(d), heads).y.data, g * group * d);
  }
  return y;
}

export function embedSum(table: Array64, indices: ArrayLike<number>, count: number): Array64 {
  const d = table.shape[1];
  const out = zeros([indices.length / count, d]);
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] < 0) continue;
    for (let j = 0; j < d; j++)
      out.data[Math.floor(i / count) * d + j] += table.data[indices[i] * d + j];
  }
  return out;
}

/** [N, 2]: log-probability of the action, and entropy. */
export function categorical(logits: Array64, actions: ArrayLike<number>): Array64 {
  const [n, a] = logits.shape;
  const out = zeros([n, 2]);
  for (let i = 0; i < n; i++) {
    const row = logits.data.subarray(i * a, (i + 1) * a);
    const peak = Math.max(...row);
    const logSum = peak + Math.log(row.reduce((sum, x) => sum + Math.exp(x - peak), 0));
    out.data[i * 2] = row[actions[i]] - logSum;
    out.data[i * 2 + 1] = -row.reduce((sum, x) => sum + Math.exp(x - logSum) * (x - logSum), 0);
  }
  return out;
}

export function activation(name: 'sigmoid' | 'silu', x: Array64): Array64 {
  return array64(
    x.shape,
    x.data.map((v) => (name === 'silu' ? silu(v) : 1 / (1 + Math.exp(-v)))),
  );
}

/** AdamW with global-norm clipping, in place; returns the norm. */
export function adamStep(
  params: Float64Array[],
  grads: Float64Array[],
  m: Float64Array[],
  v: Float64Array[],
  {
    lr,
    step,
    beta1,
    beta2,
    eps,
    weightDecay,
    maxGradNorm,
  }: Record<'lr' | 'step' | 'beta1' | 'beta2' | 'eps' | 'weightDecay' | 'maxGradNorm', number>,
): number {
  const norm = Math.sqrt(grads.reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
  const scale = norm > maxGradNorm ? maxGradNorm / norm : 1;
  params.forEach((w, i) => {
    for (let j = 0; j < w.length; j++) {
      const g = grads[i][j] * scale;
      m[i][j] = beta1 * m[i][j] + (1 - beta1) * g;
      v[i][j] = beta2 * v[i][j] + (1 - beta2) * g * g;
      const update =
        m[i][j] / (1 - beta1 ** step) / (Math.sqrt(v[i][j] / (1 - beta2 ** step)) + eps);
      w[j] -= lr * (update + weightDecay * w[j]);
    }
  });
  return norm;
}

/** Gradient of f at each input by central differences, exact to about 1e-8 in double precision. */
export function numericGradients(
  f: (inputs: Array64[]) => number,
  inputs: Array64[],
): Float64Array[] {
  const h = 1e-4;
  return inputs.map((input) => {
    const gradient = new Float64Array(input.data.length);
    for (let i = 0; i < gradient.length; i++) {
      const value = input.data[i];
      // Five-point stencil: the error is of order h^4.
      const at = (x: number) => {
        input.data[i] = x;
        return f(inputs);
      };
      gradient[i] =
        (8 * (at(value + h) - at(value - h)) - (at(value + 2 * h) - at(value - 2 * h))) / (12 * h);
      input.data[i] = value;
    }
    return gradient;
  });
}
