// Attention of groups of queries over runs of rows in one shared pool of keys and values: no padding, no mask.
// q[groups*group, heads*hd]; kv[rows, 2*heads*hd], keys first; spans[groups, 4] = (first, count, first, count).
import { exp4, madd, maxLanes, sumLanes, sumLanes4 } from './simd';

/** Products of a query of 16 with a key, in four partial sums. */
// @ts-ignore: decorator
@inline
function dot16(q0: v128, q1: v128, q2: v128, q3: v128, k: usize): v128 {
  return madd(q3, v128.load(k, 48), madd(q2, v128.load(k, 32), madd(q1, v128.load(k, 16), f32x4.mul(q0, v128.load(k)))));
}

/** Softmax weights of one query and head over its keys, written to w[total]. */
// @ts-ignore: decorator
@inline
function weigh(q: usize, k1: usize, n1: i32, k2: usize, n2: i32, pitch: usize, hd4: usize, scale: f32, w: usize): void {
  let peak: f32 = -3.0e38;
  let at = w;
  for (let half = 0; half < 2; half++) {
    let k = half ? k2 : k1;
    const n = half ? n2 : n1;
    let t = 0;
    // Heads of 16: the query stays in registers, and four keys share one sum over the lanes.
    if (hd4 == 64) {
      const q0 = v128.load(q);
      const q1 = v128.load(q, 16);
      const q2 = v128.load(q, 32);
      const q3 = v128.load(q, 48);
      for (; t + 4 <= n; t += 4) {
        const a = dot16(q0, q1, q2, q3, k);
        const b = dot16(q0, q1, q2, q3, k + pitch);
        const c = dot16(q0, q1, q2, q3, k + 2 * pitch);
        const d = dot16(q0, q1, q2, q3, k + 3 * pitch);
        const scores = f32x4.mul(sumLanes4(a, b, c, d), f32x4.splat(scale));
        peak = max(peak, maxLanes(scores));
        v128.store(at, scores);
        at += 16;
        k += 4 * pitch;
      }
    }
    for (; t < n; t++) {
      let sum = f32x4.mul(v128.load(q), v128.load(k));
      for (let i: usize = 16; i < hd4; i += 16) sum = madd(v128.load(q + i), v128.load(k + i), sum);
      const score = sumLanes(sum) * scale;
      peak = max(peak, score);
      store<f32>(at, score);
      at += 4;
      k += pitch;
    }
  }
  // Whole vectors past the end are computed too (the scratch has room); they do not count in the sum.
  const peak4 = f32x4.splat(peak);
  for (let p = w; p < at; p += 16) v128.store(p, exp4(f32x4.sub(v128.load(p), peak4)));
  let total: f32 = 0;
  for (let p = w; p < at; p += 4) total += load<f32>(p);
  const inverse = f32x4.splat(<f32>1 / total);
  for (let p = w; p < at; p += 16) v128.store(p, f32x4.mul(v128.load(p), inverse));
}

/** out[groups*group, heads*hd]; scratch holds the longest span's total + 4 floats. */
export function raggedAttention(
  q: usize, kv: usize, spans: usize, out: usize, groups: i32, group: i32, heads: i32, hd: i32, scratch: usize,
): void {
  const hd4 = <usize>hd << 2;
  const width = <usize>heads * hd4;
  const pitch = width * 2;
  const scale = <f32>1 / sqrt<f32>(<f32>hd);
  for (let g = 0; g < groups; g++) {
    const first1 = kv + <usize>load<i32>(spans) * pitch;
    const n1 = load<i32>(spans + 4);
    const first2 = kv + <usize>load<i32>(spans + 8) * pitch;
    const n2 = load<i32>(spans + 12);
    spans += 16;
    for (let row = 0; row < group; row++) {
      for (let h = 0; h < heads; h++) {
        const column = <usize>h * hd4;
        for (let i: usize = 0; i < hd4; i += 16) v128.store(out + column + i, f32x4.splat(0));
        if (n1 + n2 == 0) continue;
        weigh(q + column, first1 + column, n1, first2 + column, n2, pitch, hd4, scale, scratch);
        let w = scratch;
        if (hd4 == 64) {
          let o0 = f32x4.splat(0);
          let o1 = o0;
          let o2 = o0;
          let o3 = o0;
          for (let half = 0; half < 2; half++) {
            let v = (half ? first2 : first1) + width + column;
            const n = half ? n2 : n1;
            for (let t = 0; t < n; t++) {
              const weight = v128.load32_splat(w);
              o0 = madd(weight, v128.load(v), o0);
              o1 = madd(weight, v128.load(v, 16), o1);
              o2 = madd(weight, v128.load(v, 32), o2);
              o3 = madd(weight, v128.load(v, 48), o3);
              w += 4;
              v += pitch;
            }
          }
          v128.store(out + column, o0);
          v128.store(out + column, o1, 16);
          v128.store(out + column, o2, 32);
          v128.store(out + column, o3, 48);
          continue;
        }
        for (let half = 0; half < 2; half++) {
          let v = (half ? first2 : first1) + width + column;
          const n = half ? n2 : n1;
          for (let t = 0; t < n; t++) {
            const weight = v128.load32_splat(w);
            for (let i: usize = 0; i < hd4; i += 16) {
              v128.store(out + column + i, madd(weight, v128.load(v + i), v128.load(out + column + i)));
            }
            w += 4;
            v += pitch;
          }
        }
      }
      q += width;
      out += width;
    }
  }
}

/**
 * Gradients of raggedAttention: dq is overwritten, dkv is added to (it must hold zeros at first). The weights are
 * computed again: cheaper than keeping them. scratch holds twice the longest span's total + 8 floats.
 */
export function raggedAttentionGrad(
  q: usize, kv: usize, spans: usize, dout: usize, dq: usize, dkv: usize,
  groups: i32, group: i32, heads: i32, hd: i32, scratch: usize, longest: i32,
): void {
  const hd4 = <usize>hd << 2;
  const width = <usize>heads * hd4;
  const pitch = width * 2;
  const scale = <f32>1 / sqrt<f32>(<f32>hd);
  const slopes = scratch + ((<usize>longest + 4) << 2);
  for (let g = 0; g < groups; g++) {
    const row1 = <usize>load<i32>(spans) * pitch;
    const n1 = load<i32>(spans + 4);
    const row2 = <usize>load<i32>(spans + 8) * pitch;
    const n2 = load<i32>(spans + 12);
    spans += 16;
    for (let row = 0; row < group; row++) {
      for (let h = 0; h < heads; h++) {
        const column = <usize>h * hd4;
        for (let i: usize = 0; i < hd4; i += 16) v128.store(dq + column + i, f32x4.splat(0));
        if (n1 + n2 == 0) continue;
        const own = q + column;
        const up = dout + column;
        weigh(own, kv + row1 + column, n1, kv + row2 + column, n2, pitch, hd4, scale, scratch);
        let mean: f32 = 0;
        let w = scratch;
        let d = slopes;
        for (let half = 0; half < 2; half++) {
          let v = (half ? row2 : row1) + width + column;
          const n = half ? n2 : n1;
          for (let t = 0; t < n; t++) {
            const weight = v128.load32_splat(w);
            let sum = f32x4.splat(0);
            for (let i: usize = 0; i < hd4; i += 16) {
              const u = v128.load(up + i);
              sum = madd(u, v128.load(kv + v + i), sum);
              v128.store(dkv + v + i, madd(weight, u, v128.load(dkv + v + i)));
            }
            const slope = sumLanes(sum);
            store<f32>(d, slope);
            mean += slope * load<f32>(w);
            w += 4;
            d += 4;
            v += pitch;
          }
        }
        w = scratch;
        d = slopes;
        if (hd4 == 64) {
          const q0 = v128.load(own);
          const q1 = v128.load(own, 16);
          const q2 = v128.load(own, 32);
          const q3 = v128.load(own, 48);
          let g0 = f32x4.splat(0);
          let g1 = g0;
          let g2 = g0;
          let g3 = g0;
          for (let half = 0; half < 2; half++) {
            let k = kv + (half ? row2 : row1) + column;
            let dk = dkv + (half ? row2 : row1) + column;
            const n = half ? n2 : n1;
            for (let t = 0; t < n; t++) {
              const ds = f32x4.splat(load<f32>(w) * (load<f32>(d) - mean) * scale);
              g0 = madd(ds, v128.load(k), g0);
              g1 = madd(ds, v128.load(k, 16), g1);
              g2 = madd(ds, v128.load(k, 32), g2);
              g3 = madd(ds, v128.load(k, 48), g3);
              v128.store(dk, madd(ds, q0, v128.load(dk)));
              v128.store(dk, madd(ds, q1, v128.load(dk, 16)), 16);
              v128.store(dk, madd(ds, q2, v128.load(dk, 32)), 32);
              v128.store(dk, madd(ds, q3, v128.load(dk, 48)), 48);
              w += 4;
              d += 4;
              k += pitch;
              dk += pitch;
            }
          }
          v128.store(dq + column, g0);
          v128.store(dq + column, g1, 16);
          v128.store(dq + column, g2, 32);
          v128.store(dq + column, g3, 48);
          continue;
        }
        for (let half = 0; half < 2; half++) {
          let k = (half ? row2 : row1) + column;
          const n = half ? n2 : n1;
          for (let t = 0; t < n; t++) {
            const ds = f32x4.splat(load<f32>(w) * (load<f32>(d) - mean) * scale);
            for (let i: usize = 0; i < hd4; i += 16) {
              v128.store(dq + column + i, madd(ds, v128.load(kv + k + i), v128.load(dq + column + i)));
              v128.store(dkv + k + i, madd(ds, v128.load(own + i), v128.load(dkv + k + i)));
            }
            w += 4;
            d += 4;
            k += pitch;
          }
        }
      }
      q += width;
      dout += width;
      dq += width;
    }
  }
}
