import { type KernelFunc, registerKernels } from './kernelRegistry.ts';
import type { Ops, Tensor, Tensor2D, TF } from './types.ts';
import type { WasmHost } from './wasmHost.ts';
import { withGradient } from './withGradient.ts';

type RaggedAttention = Ops['raggedAttention'];

/** Most keys that one group attends to. */
function longestSpan(spans: Int32Array): number {
  let longest = 0;
  for (let g = 0; g < spans.length; g += 4)
    longest = Math.max(longest, spans[g + 1] + spans[g + 3]);
  return longest;
}

/** Checks the caller's spans: with wrong ones wasm would read past the pool. */
function checkSpans(spans: Int32Array, groups: number, pool: number): void {
  if (spans.length !== groups * 4) {
    throw new RangeError(
      `raggedAttention: spans has ${spans.length} numbers; accepted: ${groups * 4}`,
    );
  }
  for (let at = 0; at < spans.length; at += 2) {
    const first = spans[at];
    const count = spans[at + 1];
    if (first < 0 || count < 0 || (count > 0 && first + count > pool)) {
      throw new RangeError(
        `raggedAttention: span (${first}, ${count}); accepted: within 0..${pool}`,
      );
    }
  }
}

/** `raggedAttention` composed of tfjs's own operations: gathered into padded rows and masked. */
export function plainRaggedAttention(tf: TF, gatherRows: Ops['gatherRows']): RaggedAttention {
  return (q, kv, spans, { heads, group }) => {
    const groups = q.shape[0] / group;
    const d = q.shape[1];
    checkSpans(spans, groups, kv.shape[0]);
    const longest = Math.max(1, longestSpan(spans));
    const index = new Int32Array(groups * longest).fill(-1);
    const bias = new Float32Array(groups * longest).fill(-1e9);
    const any = new Float32Array(groups);
    for (let g = 0; g < groups; g++) {
      let at = g * longest;
      for (const half of [0, 2]) {
        for (let t = 0; t < spans[g * 4 + half + 1]; t++) {
          index[at] = spans[g * 4 + half] + t;
          bias[at++] = 0;
        }
      }
      any[g] = at > g * longest ? 1 : 0;
    }
    const rows = gatherRows(kv, tf.tensor1d(index, 'int32'));
    const split = (x: Tensor, length: number) =>
      tf.transpose(tf.reshape(x, [groups, length, heads, d / heads]), [0, 2, 1, 3]);
    const [keys, values] = tf.split(rows, 2, 1);
    const scores = tf.mul(
      tf.matMul(split(q, group), split(keys, longest), false, true),
      1 / Math.sqrt(d / heads),
    );
    const weights = tf.softmax(tf.add(scores, tf.tensor4d(bias, [groups, 1, 1, longest])));
    const context = tf.mul(
      tf.matMul(weights, split(values, longest)),
      tf.tensor4d(any, [groups, 1, 1, 1]),
    );
    return tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [groups * group, d]);
  };
}

/** `raggedAttention` on the fused wasm kernels. */
export function fusedRaggedAttention(tf: TF): RaggedAttention {
  const engine = tf.engine();
  return (q, kv, spans, { heads, group }) => {
    checkSpans(spans, q.shape[0] / group, kv.shape[0]);
    const attrs = { heads, group, longest: longestSpan(spans) };
    const ranges = tf.tensor1d(spans, 'int32');
    if (!engine.isTapeOn()) {
      const out = engine.runKernel<Tensor2D>('FusedRaggedAttention', { q, kv, ranges }, attrs);
      ranges.dispose();
      return out;
    }
    return withGradient(tf, [q, kv], ([queries, pool], save) => {
      const inputs = { q: queries, kv: pool, ranges };
      save([queries, pool, ranges]);
      return {
        value: engine.runKernel<Tensor>('FusedRaggedAttention', inputs, attrs),
        gradFunc: (dy, [savedQ, savedPool, savedRanges]) =>
          engine.runKernel<Tensor[]>(
            'FusedRaggedAttentionGrad',
            { dy, q: savedQ, kv: savedPool, ranges: savedRanges },
            attrs,
          ),
      };
    }) as Tensor2D;
  };
}

/** Registers the two kernels for tfjs's wasm backend. */
export function registerRaggedKernels(tf: TF, host: WasmHost): void {
  const { kernels, pointer, scratch } = host;
  const make = (shape: number[]) => host.backend.makeOutput(shape, 'float32');
  // As methods: profiles show their names.
  const all: Record<string, KernelFunc> = {
    FusedRaggedAttention({ q, kv, ranges }, attrs) {
      const { heads, group, longest } = attrs as Record<string, number>;
      const [rows, d] = q.shape;
      const out = make([rows, d]);
      const work = scratch((longest + 8) * 4);
      kernels.raggedAttention(
        pointer(q),
        pointer(kv),
        pointer(ranges),
        pointer(out),
        rows / group,
        group,
        heads,
        d / heads,
        work,
      );
      return out;
    },
    FusedRaggedAttentionGrad({ dy, q, kv, ranges }, attrs) {
      const { heads, group, longest } = attrs as Record<string, number>;
      const [rows, d] = q.shape;
      const dq = make([rows, d]);
      const dkv = make(kv.shape);
      const work = scratch((2 * longest + 16) * 4);
      host.floats().fill(0, pointer(dkv) / 4, pointer(dkv) / 4 + kv.shape[0] * kv.shape[1]);
      kernels.raggedAttentionGrad(
        pointer(q),
        pointer(kv),
        pointer(ranges),
        pointer(dy),
        pointer(dq),
        pointer(dkv),
        rows / group,
        group,
        heads,
        d / heads,
        work,
        longest,
      );
      return [dq, dkv];
    },
  };
  registerKernels(tf, 'wasm', all);
}
