import type { PaperConfig } from './config.ts';
import type { PaperWeights } from './weights.ts';

/**
 * The whole model once more in plain loops over double-precision arrays, for one sequence: what the
 * tensor version has to agree with.
 */

type Matrix = number[][];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const add = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + b[i][j]));
const transpose = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);
/** Rows of `x` times the transposed weight, as PyTorch's linear layer does. */
const linear = (x: Matrix, w: Matrix): Matrix => x.map((row) => w.map((out) => dot(row, out)));

function norm(x: Matrix, eps: number): Matrix {
  return x.map((row) => {
    const scale = 1 / Math.sqrt(dot(row, row) / row.length + eps);
    return row.map((value) => value * scale);
  });
}

function swiglu(x: Matrix, gateUp: Matrix, down: Matrix): Matrix {
  const inner = gateUp.length / 2;
  const hidden = linear(x, gateUp).map((row) =>
    row.slice(0, inner).map((gate, i) => gate * sigmoid(gate) * row[inner + i]),
  );
  return linear(hidden, down);
}

/** Turns the pair (i, i + d/2) of one head's vector by its position's angle. */
function turn(x: number[], position: number, theta: number): number[] {
  const half = x.length / 2;
  const turned = [...x];
  for (let i = 0; i < half; i++) {
    const angle = position * theta ** ((-2 * i) / x.length);
    turned[i] = x[i] * Math.cos(angle) - x[i + half] * Math.sin(angle);
    turned[i + half] = x[i + half] * Math.cos(angle) + x[i] * Math.sin(angle);
  }
  return turned;
}

function attention(x: Matrix, qkv: Matrix, out: Matrix, config: PaperConfig): Matrix {
  const D = config.width;
  const d = D / config.heads;
  const packed = linear(x, qkv);
  const result = x.map(() => new Array<number>(D).fill(0));
  for (let head = 0; head < config.heads; head++) {
    const part = (row: number[], which: number) =>
      row.slice(which * D + head * d, which * D + (head + 1) * d);
    const turned = (row: number[], which: number, position: number) =>
      config.posEncodings === 'rope'
        ? turn(part(row, which), position, config.ropeTheta)
        : part(row, which);
    for (const [i, row] of packed.entries()) {
      const q = turned(row, 0, i);
      const scores = packed.map((other, j) => Math.exp(dot(q, turned(other, 1, j)) / Math.sqrt(d)));
      const total = scores.reduce((a, b) => a + b);
      for (const [j, other] of packed.entries())
        for (const [k, v] of part(other, 2).entries())
          result[i][head * d + k] += (scores[j] / total) * v;
    }
  }
  return linear(result, out);
}

export interface PlainOutput {
  zH: Matrix;
  zL: Matrix;
  logits: Matrix;
  qHalt: number;
  qContinue: number;
}

/** One pass for one sequence; `puzzle` is its row of the puzzle embedding. */
export function plainForward(
  config: PaperConfig,
  weights: PaperWeights,
  states: { zH: Matrix; zL: Matrix },
  tokens: number[],
  puzzle?: number[],
): PlainOutput {
  const matrix = (name: string): Matrix => {
    const { data, shape } = weights.get(`inner.${name}`) as NonNullable<
      ReturnType<PaperWeights['get']>
    >;
    return Array.from({ length: shape[0] }, (_, i) =>
      Array.from(data.subarray(i * shape[1], (i + 1) * shape[1]), Number),
    );
  };
  const D = config.width;
  const table = matrix('embed_tokens.embedding_weight');
  let x = tokens.map((token) => [...table[token]]);
  if (puzzle) {
    const flat = [...puzzle, ...new Array(config.puzzleTokens * D - puzzle.length).fill(0)];
    const rows = Array.from({ length: config.puzzleTokens }, (_, i) =>
      flat.slice(i * D, (i + 1) * D),
    );
    x = [...rows, ...x];
  }
  if (config.posEncodings === 'learned')
    x = add(x, matrix('embed_pos.embedding_weight')).map((row) =>
      row.map((value) => value / Math.sqrt(2)),
    );
  x = x.map((row) => row.map((value) => value * Math.sqrt(D)));

  const run = (level: 'H' | 'L', layers: number, state: Matrix, injection: Matrix): Matrix => {
    let y = add(state, injection);
    for (let i = 0; i < layers; i++) {
      const w = (name: string) => matrix(`${level}_level.layers.${i}.${name}.weight`);
      if (config.mixTokensByMlp) {
        const across = transpose(y);
        const mixed = swiglu(across, w('mlp_t.gate_up_proj'), w('mlp_t.down_proj'));
        y = transpose(norm(add(across, mixed), config.rmsNormEps));
      } else {
        const mixed = attention(y, w('self_attn.qkv_proj'), w('self_attn.o_proj'), config);
        y = norm(add(y, mixed), config.rmsNormEps);
      }
      y = norm(add(y, swiglu(y, w('mlp.gate_up_proj'), w('mlp.down_proj'))), config.rmsNormEps);
    }
    return y;
  };
  let { zH, zL } = states;
  const none = zH.map((row) => row.map(() => 0));
  if (config.arch === 'flat') zH = run('L', config.lLayers, none, x);
  for (let i = 0; config.arch !== 'flat' && i < config.hCycles; i++) {
    for (let j = 0; j < config.lCycles; j++) zL = run('L', config.lLayers, zL, add(zH, x));
    zH =
      config.arch === 'hrm' ? run('H', config.hLayers, zH, zL) : run('L', config.lLayers, zH, zL);
  }
  const bias = weights.get('inner.q_head.bias')?.data as Float32Array;
  const [qHalt, qContinue] = linear([zH[0]], matrix('q_head.weight'))[0].map((q, i) => q + bias[i]);
  const logits = linear(zH.slice(config.puzzleTokens), matrix('lm_head.weight'));
  return { zH, zL, logits, qHalt, qContinue };
}
