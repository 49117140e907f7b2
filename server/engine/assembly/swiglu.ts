// swiglu(x) = (silu(x Wg) * (x Wu)) Wd, and the residual block rmsNorm(x + swiglu(x)).
// Rows are taken in chunks, so that what lies between the products stays in the cache.
import { ADD, gemmPanels, gemmTN, packPanels, packPanelsTransposed, panelBytes, STORE, tnScratch } from './gemm';
import { addRmsNorm, rmsNormGrad } from './norm';
import { align16, gated4, loadTail, madd, sigmoid4, storeTail } from './simd';

const CHUNK: i32 = 96;
const GRAD_CHUNK: i32 = 128;

/** h[n,f] = silu(gate) * up, gateUp[n,2f] = [gate | up]. */
function gate(gateUp: usize, h: usize, n: i32, f: i32): void {
  const f4 = <usize>(f & ~3) << 2, f8 = <usize>(f & ~7) << 2, tail = f & 3;
  const bytes = <usize>f << 2;
  for (let i = 0; i < n; i++) {
    const up = gateUp + bytes;
    let at: usize = 0;
    // Two vectors at once: one alone leaves the processor waiting for its chain of operations.
    for (; at < f8; at += 32) {
      const g0 = v128.load(gateUp + at), g1 = v128.load(gateUp + at, 16);
      const h0 = gated4(g0, f32x4.mul(g0, v128.load(up + at)));
      const h1 = gated4(g1, f32x4.mul(g1, v128.load(up + at, 16)));
      v128.store(h + at, h0);
      v128.store(h + at, h1, 16);
    }
    for (; at < f4; at += 16) {
      const g = v128.load(gateUp + at);
      v128.store(h + at, gated4(g, f32x4.mul(g, v128.load(up + at))));
    }
    if (tail) {
      const g = loadTail(gateUp + at, tail);
      storeTail(h + at, gated4(g, f32x4.mul(g, loadTail(up + at, tail))), tail);
    }
    gateUp += 2 * bytes;
    h += bytes;
  }
}

/** From dh[n,f]: dGateUp[n,2f], and h once more, in place of dh. */
function gateGrad(gateUp: usize, h: usize, dGateUp: usize, n: i32, f: i32): void {
  const bytes = <usize>f << 2;
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const lanes = min(4, <i32>((bytes - at) >> 2));
      let g: v128, u: v128, dh: v128;
      if (lanes == 4) {
        g = v128.load(gateUp + at);
        u = v128.load(gateUp + bytes + at);
        dh = v128.load(h + at);
      } else {
        g = loadTail(gateUp + at, lanes);
        u = loadTail(gateUp + bytes + at, lanes);
        dh = loadTail(h + at, lanes);
      }
      const s = sigmoid4(g);
      const silu = f32x4.mul(g, s);
      const du = f32x4.mul(dh, silu);
      // silu' = s (1 + g (1 - s))
      const slope = f32x4.mul(s, madd(g, f32x4.sub(one, s), one));
      const dg = f32x4.mul(f32x4.mul(dh, u), slope);
      const hidden = f32x4.mul(silu, u);
      if (lanes == 4) {
        v128.store(h + at, hidden);
        v128.store(dGateUp + at, dg);
        v128.store(dGateUp + bytes + at, du);
      } else {
        storeTail(h + at, hidden, lanes);
        storeTail(dGateUp + at, dg, lanes);
        storeTail(dGateUp + bytes + at, du, lanes);
      }
    }
    gateUp += 2 * bytes;
    h += bytes;
    dGateUp += 2 * bytes;
  }
}

export function swigluScratch(n: i32, d: i32, f: i32): usize {
  const rows = min(n, CHUNK);
  return panelBytes(d, 2 * f) + panelBytes(f, d) + align16(<usize>(rows * f) * 4) + align16(<usize>(rows * 2 * f) * 4);
}

/**
 * out[n,d] = swiglu(x), or with block set rmsNorm(x + swiglu(x)). x[n,d], wGateUp[d,2f], wDown[f,d].
 * gateUp[n,2f] and rstd[n] are kept for the gradient unless null.
 */
export function swiglu(
  x: usize, wGateUp: usize, wDown: usize, out: usize, gateUp: usize, rstd: usize,
  n: i32, d: i32, f: i32, block: i32, eps: f32, scratch: usize,
): void {
  const panelsUp = scratch;
  const panelsDown = panelsUp + panelBytes(d, 2 * f);
  const h = panelsDown + panelBytes(f, d);
  const chunkGateUp = h + align16(<usize>(min(n, CHUNK) * f) * 4);
  packPanels(wGateUp, <usize>f << 3, d, 2 * f, panelsUp);
  packPanels(wDown, <usize>d << 2, f, d, panelsDown);
  const ldd = <usize>d << 2, ldf = <usize>f << 2;
  for (let i = 0; i < n; i += CHUNK) {
    const rows = min(CHUNK, n - i);
    const xi = x + i * ldd, oi = out + i * ldd;
    const gu = gateUp ? gateUp + i * 2 * ldf : chunkGateUp;
    gemmPanels(xi, ldd, rows, d, panelsUp, 2 * f, gu, 2 * ldf, STORE, 0);
    gate(gu, h, rows, f);
    gemmPanels(h, ldf, rows, f, panelsDown, d, oi, ldd, STORE, 0);
    if (block) addRmsNorm(oi, xi, oi, rstd ? rstd + (<usize>i << 2) : 0, rows, d, eps);
  }
}

export function swigluGradScratch(n: i32, d: i32, f: i32): usize {
  const rows = min(n, GRAD_CHUNK);
  return (
    panelBytes(d, f) + panelBytes(2 * f, d) + align16(<usize>(rows * f) * 4) + align16(<usize>(rows * 2 * f) * 4) +
    align16(<usize>(rows * d) * 4) + max(tnScratch(rows, d, 2 * f), tnScratch(rows, f, d))
  );
}

/** Gradients dx, dwGateUp, dwDown of swiglu (or of the block, then y and rstd are given) from dy. */
export function swigluGrad(
  dy: usize, x: usize, wGateUp: usize, wDown: usize, y: usize, gateUp: usize, rstd: usize,
  dx: usize, dwGateUp: usize, dwDown: usize, n: i32, d: i32, f: i32, block: i32, scratch: usize,
): void {
  const chunk = min(n, GRAD_CHUNK);
  const panelsDown = scratch; // Wd^T: [d, f]
  const panelsUp = panelsDown + panelBytes(d, f); // Wgu^T: [2f, d]
  const h = panelsUp + panelBytes(2 * f, d);
  const dGateUp = h + align16(<usize>(chunk * f) * 4);
  const dr = dGateUp + align16(<usize>(chunk * 2 * f) * 4);
  const tn = dr + align16(<usize>(chunk * d) * 4);
  const ldd = <usize>d << 2, ldf = <usize>f << 2;
  packPanelsTransposed(wDown, ldd, d, f, panelsDown);
  packPanelsTransposed(wGateUp, 2 * ldf, 2 * f, d, panelsUp);
  for (let i = 0; i < n; i += GRAD_CHUNK) {
    const rows = min(GRAD_CHUNK, n - i);
    const xi = x + i * ldd, dxi = dx + i * ldd, gu = gateUp + i * 2 * ldf;
    let dOut = dy + i * ldd;
    if (block) {
      rmsNormGrad(dOut, y + i * ldd, rstd + (<usize>i << 2), dr, rows, d);
      dOut = dr;
      memory.copy(dxi, dr, <usize>rows * ldd);
    }
    const mode = i == 0 ? STORE : ADD;
    gemmPanels(dOut, ldd, rows, d, panelsDown, f, h, ldf, STORE, 0);
    gateGrad(gu, h, dGateUp, rows, f);
    gemmTN(h, ldf, rows, f, dOut, ldd, d, dwDown, ldd, mode, tn);
    gemmTN(xi, ldd, rows, d, dGateUp, 2 * ldf, 2 * f, dwGateUp, 2 * ldf, mode, tn);
    gemmPanels(dGateUp, 2 * ldf, rows, 2 * f, panelsUp, d, dxi, ldd, block ? ADD : STORE, 0);
  }
}
