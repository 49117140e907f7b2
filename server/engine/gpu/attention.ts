import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  type Attention,
  attention,
  attentionKey,
  attentionPoolGrad,
  attentionQueryGrad,
  attentionStats,
} from './attentionShaders.ts';
import { type GpuBackend, runShader } from './program.ts';

/** Where queries, keys and values lie, in floats; all rows are dense. */
export interface AttentionLayout {
  heads: number;
  /** Width of all heads of a row together. */
  width: number;
  /** Rows of queries, and of the pool of keys and values. */
  rows: number;
  pool: number;
  /** Consecutive queries that read the same keys. */
  group: number;
  /** From row to row. */
  queryStride: number;
  poolStride: number;
  /** Where the keys start in a row of the pool; the values follow them. */
  keyOffset: number;
  /** Each group reads this many rows of its own, in order; without it `ranges` says what it reads. */
  span?: number;
}

/** Softmax attention with scale 1/sqrt(head width): forward, and its gradients in three steps. */
export function attentionOf(backend: GpuBackend) {
  const setup = (layout: AttentionLayout) => {
    const { heads, width } = layout;
    const headWidth = width / heads;
    const vectors = headWidth % 4 === 0;
    const part = vectors ? 4 : 1;
    const shader: Attention = {
      head: headWidth / part,
      vectors,
      own: layout.span !== undefined,
    };
    return {
      shader,
      part,
      key: attentionKey(shader),
      wide: (names: string[]) => (vectors ? names : []),
      ints: {
        heads,
        rows: layout.rows,
        pool: layout.pool,
        group: layout.group,
        queryStride: layout.queryStride / part,
        poolStride: layout.poolStride / part,
        keyOffset: layout.keyOffset / part,
        valueOffset: width / part,
        span: layout.span ?? 0,
      },
      floats: { scale: 1 / Math.sqrt(headWidth) },
    };
  };

  return {
    /** → [rows, width] */
    forward(
      layout: AttentionLayout,
      { q, kv, ranges }: { q: TensorInfo; kv: TensorInfo; ranges?: TensorInfo },
    ): TensorInfo {
      const { shader, key, wide, ints, floats } = setup(layout);
      return runShader(backend, {
        key: `attention ${key}`,
        code: attention(shader),
        inputs: { q, kv, ranges },
        ints,
        floats,
        vectors: wide(['q', 'kv', 'result']),
        threads: layout.rows * layout.heads,
        shape: [layout.rows, layout.width],
      });
    },

    /**
     * Writes the gradient at the queries to `dq`, and at keys and values to `dkv`, whose rows have the strides of `layout`
     * (they may be one tensor). `starts` and `readers` list the groups that read each row, where groups have no span.
     */
    gradients(
      layout: AttentionLayout,
      inputs: {
        dy: TensorInfo;
        q: TensorInfo;
        kv: TensorInfo;
        ranges?: TensorInfo;
        starts?: TensorInfo;
        readers?: TensorInfo;
      },
      { dq, dkv }: { dq: TensorInfo; dkv: TensorInfo },
    ): void {
      const { shader, part, key, wide, ints, floats } = setup(layout);
      const { dy, q, kv, ranges, starts, readers } = inputs;
      const threads = layout.rows * layout.heads;
      const stats = runShader(backend, {
        key: `attentionStats ${key}`,
        code: attentionStats(shader),
        inputs: { q, kv, dy, ranges },
        ints,
        floats,
        vectors: wide(['q', 'kv', 'dy']),
        threads,
        shape: [threads, 2],
      });
      runShader(backend, {
        key: `attentionQueryGrad ${key}`,
        code: attentionQueryGrad(shader),
        inputs: { q, kv, dy, stats, ranges },
        ints: { ...ints, outStride: layout.queryStride / part },
        floats,
        vectors: wide(['q', 'kv', 'dy', 'result']),
        threads,
        into: dq,
      });
      runShader(backend, {
        key: `attentionPoolGrad ${key}`,
        code: attentionPoolGrad(shader),
        inputs: { q, kv, dy, stats, starts, readers },
        ints: { ...ints, outStride: layout.poolStride / part, outOffset: layout.keyOffset / part },
        floats,
        vectors: wide(['q', 'kv', 'dy', 'result']),
        threads: layout.pool * layout.heads,
        into: dkv,
      });
      backend.disposeData(stats.dataId);
    },
  };
}
