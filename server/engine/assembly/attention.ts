// Multi-head softmax attention, non-causal: the heads alone, and the self-attention block rmsNorm(x + SelfAttn(x)).
import {
  ADD, gemmNN, gemmPanels, gemmTN, packPanels, packPanelsTransposed, panelBytes, STORE, tnScratch,
} from './gemm';
import { addRmsNorm, rmsNormGrad } from './norm';
import { align16, exp4, loadTail, maxLanes, storeTail, sumLanes } from './simd';

/** Row-wise softmax(scale * s) of s[rows,t] in place, zeros up to column `end`; lds bytes between rows. */
function softmaxRows(s: usize, lds: usize, rows: i32, t: i32, end: i32, scale: f32): void {
  const t4 = <usize>(t & ~3) << 2, tail = t & 3;
  const scale4 = f32x4.splat(scale);
  for (let i = 0; i < rows; i++) {
    let peak: f32 = load<f32>(s);
    let at: usize = 0;
    if (t4) {
      let peaks = v128.load(s);
      for (at = 16; at < t4; at += 16) peaks = f32x4.pmax(peaks, v128.load(s + at));
      peak = maxLanes(peaks);
    }
    for (let j = t & ~3; j < t; j++) peak = max(peak, load<f32>(s + (<usize>j << 2)));
    const peak4 = f32x4.splat(peak);
    let sums = f32x4.splat(0);
    for (at = 0; at < t4; at += 16) {
      const e = exp4(f32x4.mul(f32x4.sub(v128.load(s + at), peak4), scale4));
      sums = f32x4.add(sums, e);
      v128.store(s + at, e);
    }
    let sum = sumLanes(sums);
    if (tail) {
      storeTail(s + at, exp4(f32x4.mul(f32x4.sub(loadTail(s + at, tail), peak4), scale4)), tail);
      for (let j = 0; j < tail; j++) sum += load<f32>(s + at + (<usize>j << 2));
    }
    const inverse = f32x4.splat(<f32>1 / sum);
    for (at = 0; at < t4; at += 16) v128.store(s + at, f32x4.mul(v128.load(s + at), inverse));
    if (tail) storeTail(s + at, f32x4.mul(loadTail(s + at, tail), inverse), tail);
    for (let j = t; j < end; j++) store<f32>(s + (<usize>j << 2), 0);
    s += lds;
  }
}

/** ds = p (dp - sum(dp p)) * scale, row by row, in place of dp; ldp bytes between rows of both. */
function softmaxGradRows(p: usize, dp: usize, ldp: usize, rows: i32, t: i32, scale: f32): void {
  const t4 = <usize>(t & ~3) << 2, tail = t & 3;
  const scale4 = f32x4.splat(scale);
  for (let i = 0; i < rows; i++) {
    let dots = f32x4.splat(0);
    let at: usize = 0;
    for (; at < t4; at += 16) dots = f32x4.add(dots, f32x4.mul(v128.load(p + at), v128.load(dp + at)));
    if (tail) dots = f32x4.add(dots, f32x4.mul(loadTail(p + at, tail), loadTail(dp + at, tail)));
    const dot = f32x4.splat(sumLanes(dots));
    for (at = 0; at < t4; at += 16) {
      v128.store(
        dp + at,
        f32x4.mul(f32x4.mul(v128.load(p + at), f32x4.sub(v128.load(dp + at), dot)), scale4),
      );
    }
    if (tail) {
      const ds = f32x4.mul(f32x4.mul(loadTail(p + at, tail), f32x4.sub(loadTail(dp + at, tail), dot)), scale4);
      storeTail(dp + at, ds, tail);
    }
    p += ldp;
    dp += ldp;
  }
}

/** Keys rounded up to whole tiles: weights are kept in rows of this many floats. */
// @ts-ignore: decorator
@inline
function padded(t: i32): i32 {
  return (t + 7) & ~7;
}

function headsScratch(l: i32, t: i32, hd: i32): usize {
  return panelBytes(max(hd, t), max(hd, t)) + align16(<usize>(l * padded(t)) * 4);
}

/**
 * context[b,l,h*hd] = softmax(q kt / sqrt(hd)) v, for batch b, queries l, keys t. Strides in bytes: ldq, ldkv, ldc
 * between rows; batch item i starts l * ldq (t * ldkv) after the one before. p[b,heads,l,padded(t)], if not null, keeps
 * the weights.
 */
function heads(
  q: usize, ldq: usize, k: usize, v: usize, ldkv: usize, context: usize, ldc: usize, p: usize,
  batch: i32, l: i32, t: i32, count: i32, hd: i32, scratch: usize,
): void {
  const scale = <f32>1 / sqrt<f32>(<f32>hd);
  const own = scratch + panelBytes(max(hd, t), max(hd, t));
  const ldp = <usize>padded(t) << 2, step = <usize>l * ldp;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < count; h++) {
      const offset = <usize>(h * hd) << 2;
      const weights = p ? p + <usize>(b * count + h) * step : own;
      // Whole tiles: what the columns past the last key hold does not count.
      packPanelsTransposed(k + offset, ldkv, hd, t, scratch);
      gemmPanels(q + offset, ldq, l, hd, scratch, padded(t), weights, ldp, STORE, 0);
      softmaxRows(weights, ldp, l, t, padded(t), scale);
      gemmNN(weights, ldp, l, t, v + offset, ldkv, hd, context + offset, ldc, STORE, 0, scratch);
    }
    q += l * ldq;
    k += t * ldkv;
    v += t * ldkv;
    context += l * ldc;
  }
}

function headsGradScratch(l: i32, t: i32, hd: i32): usize {
  return (
    align16(<usize>(l * padded(t)) * 4) +
    max(panelBytes(max(hd, t), max(hd, t)), tnScratch(l, t, hd))
  );
}

/** Gradients of heads. dq, dk, dv have the strides of q, k, v. */
function headsGrad(
  dContext: usize, ldc: usize, q: usize, ldq: usize, k: usize, v: usize, ldkv: usize, p: usize,
  dq: usize, lddq: usize, dk: usize, dv: usize, lddkv: usize,
  batch: i32, l: i32, t: i32, count: i32, hd: i32, scratch: usize,
): void {
  const scale = <f32>1 / sqrt<f32>(<f32>hd);
  const ds = scratch;
  const ldp = <usize>padded(t) << 2, step = <usize>l * ldp;
  const inner = scratch + align16(step);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < count; h++) {
      const offset = <usize>(h * hd) << 2;
      const weights = p + <usize>(b * count + h) * step;
      gemmTN(weights, ldp, l, t, dContext + offset, ldc, hd, dv + offset, lddkv, STORE, inner);
      packPanelsTransposed(v + offset, ldkv, hd, t, inner);
      gemmPanels(dContext + offset, ldc, l, hd, inner, padded(t), ds, ldp, STORE, 0);
      softmaxGradRows(weights, ds, ldp, l, t, scale);
      gemmNN(ds, ldp, l, t, k + offset, ldkv, hd, dq + offset, lddq, STORE, 0, inner);
      gemmTN(ds, ldp, l, t, q + offset, ldq, hd, dk + offset, lddkv, STORE, inner);
    }
    q += l * ldq;
    dq += l * lddq;
    k += t * ldkv;
    v += t * ldkv;
    dk += t * lddkv;
    dv += t * lddkv;
    dContext += l * ldc;
  }
}

/**
 * Rotary positions on the first `count` head slots of each row of x[batch*s, ld], in place:
 * x_i cos_i - x_(i+half) sin_i for the first half of a head, x_i cos_i + x_(i-half) sin_i for the second.
 * With inverse set, the transposed map (its gradient).
 */
function rotate(x: usize, ld: usize, cos: usize, sin: usize, batch: i32, s: i32, count: i32, hd: i32, inverse: i32): void {
  const half = <usize>(hd >> 1) << 2;
  const width = <usize>hd << 2;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < s; i++) {
      const c = cos + i * width, n = sin + i * width;
      for (let h = 0; h < count; h++) {
        const head = x + h * width;
        for (let at: usize = 0; at < half; at += 4) {
          const first = load<f32>(head + at), second = load<f32>(head + half + at);
          const c1 = load<f32>(c + at), c2 = load<f32>(c + half + at);
          const n1 = load<f32>(n + at), n2 = load<f32>(n + half + at);
          if (inverse) {
            store<f32>(head + at, first * c1 + second * n2);
            store<f32>(head + half + at, second * c2 - first * n1);
          } else {
            store<f32>(head + at, first * c1 - second * n1);
            store<f32>(head + half + at, second * c2 + first * n2);
          }
        }
      }
      x += ld;
    }
  }
}

/** Batch items taken together, so that a chunk has about 96 rows. */
function itemsPerChunk(batch: i32, s: i32): i32 {
  return max(1, min(batch, 96 / max(1, s)));
}

export function attentionScratch(batch: i32, s: i32, d: i32, count: i32): usize {
  const rows = itemsPerChunk(batch, s) * s;
  return (
    panelBytes(d, 3 * d) + panelBytes(d, d) + align16(<usize>(rows * 3 * d) * 4) + align16(<usize>(rows * d) * 4) +
    headsScratch(s, s, d / count)
  );
}

/**
 * y = rmsNorm(x + SelfAttn(x)); x[batch,s,d], wqkv[d,3d], wo[d,d]; cos, sin [s,hd] or null.
 * qkv[batch,s,3d] (after rotation), p[batch,count,s,padded(s)], context[batch,s,d] and rstd are kept for the gradient unless null.
 */
export function attentionBlock(
  x: usize, wqkv: usize, wo: usize, cos: usize, sin: usize, y: usize,
  qkv: usize, p: usize, context: usize, rstd: usize,
  batch: i32, s: i32, d: i32, count: i32, eps: f32, scratch: usize,
): void {
  const items = itemsPerChunk(batch, s);
  const hd = d / count;
  const panelsIn = scratch;
  const panelsOut = panelsIn + panelBytes(d, 3 * d);
  const chunkQkv = panelsOut + panelBytes(d, d);
  const chunkContext = chunkQkv + align16(<usize>(items * s * 3 * d) * 4);
  const inner = chunkContext + align16(<usize>(items * s * d) * 4);
  const ldd = <usize>d << 2;
  packPanels(wqkv, 3 * ldd, d, 3 * d, panelsIn);
  packPanels(wo, ldd, d, d, panelsOut);
  for (let b = 0; b < batch; b += items) {
    const now = min(items, batch - b);
    const row = <usize>(b * s), rows = now * s;
    const xi = x + row * ldd, yi = y + row * ldd;
    const a = qkv ? qkv + row * 3 * ldd : chunkQkv;
    const ctx = context ? context + row * ldd : chunkContext;
    const weights = p ? p + (<usize>(b * count * s * padded(s)) << 2) : 0;
    gemmPanels(xi, ldd, rows, d, panelsIn, 3 * d, a, 3 * ldd, STORE, 0);
    // q and k lie side by side: 2 * count head slots a row.
    if (cos) rotate(a, 3 * ldd, cos, sin, now, s, 2 * count, hd, 0);
    heads(a, 3 * ldd, a + ldd, a + 2 * ldd, 3 * ldd, ctx, ldd, weights, now, s, s, count, hd, inner);
    gemmPanels(ctx, ldd, rows, d, panelsOut, d, yi, ldd, STORE, 0);
    addRmsNorm(yi, xi, yi, rstd ? rstd + (row << 2) : 0, rows, d, eps);
  }
}

export function attentionGradScratch(batch: i32, s: i32, d: i32, count: i32): usize {
  const rows = itemsPerChunk(batch, s) * s;
  return (
    panelBytes(d, d) + panelBytes(3 * d, d) + align16(<usize>(rows * 3 * d) * 4) + 2 * align16(<usize>(rows * d) * 4) +
    max(headsGradScratch(s, s, d / count), tnScratch(rows, d, 3 * d))
  );
}

/** Gradients dx, dwqkv, dwo of attentionBlock. */
export function attentionBlockGrad(
  dy: usize, x: usize, wqkv: usize, wo: usize, cos: usize, sin: usize, y: usize,
  qkv: usize, p: usize, context: usize, rstd: usize, dx: usize, dwqkv: usize, dwo: usize,
  batch: i32, s: i32, d: i32, count: i32, scratch: usize,
): void {
  const items = itemsPerChunk(batch, s);
  const hd = d / count;
  const panelsOut = scratch; // Wo^T: [d, d]
  const panelsIn = panelsOut + panelBytes(d, d); // Wqkv^T: [3d, d]
  const dqkv = panelsIn + panelBytes(3 * d, d);
  const dContext = dqkv + align16(<usize>(items * s * 3 * d) * 4);
  const dr = dContext + align16(<usize>(items * s * d) * 4);
  const inner = dr + align16(<usize>(items * s * d) * 4);
  const ldd = <usize>d << 2;
  packPanelsTransposed(wo, ldd, d, d, panelsOut);
  packPanelsTransposed(wqkv, 3 * ldd, 3 * d, d, panelsIn);
  for (let b = 0; b < batch; b += items) {
    const now = min(items, batch - b);
    const row = <usize>(b * s), rows = now * s;
    const dxi = dx + row * ldd, a = qkv + row * 3 * ldd;
    const mode = b == 0 ? STORE : ADD;
    rmsNormGrad(dy + row * ldd, y + row * ldd, rstd + (row << 2), dr, rows, d);
    memory.copy(dxi, dr, <usize>rows * ldd);
    gemmTN(context + row * ldd, ldd, rows, d, dr, ldd, d, dwo, ldd, mode, inner);
    gemmPanels(dr, ldd, rows, d, panelsOut, d, dContext, ldd, STORE, 0);
    headsGrad(
      dContext, ldd, a, 3 * ldd, a + ldd, a + 2 * ldd, 3 * ldd, p + (<usize>(b * count * s * padded(s)) << 2),
      dqkv, 3 * ldd, dqkv + ldd, dqkv + 2 * ldd, 3 * ldd, now, s, s, count, hd, inner,
    );
    if (cos) rotate(dqkv, 3 * ldd, cos, sin, now, s, 2 * count, hd, 1);
    gemmTN(x + row * ldd, ldd, rows, d, dqkv, 3 * ldd, 3 * d, dwqkv, 3 * ldd, mode, inner);
    gemmPanels(dqkv, 3 * ldd, rows, 3 * d, panelsIn, d, dxi, ldd, ADD, 0);
  }
}
