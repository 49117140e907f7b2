// RMS normalisation without a weight: y = r / sqrt(mean(r^2) + eps), r = x or x + residual.
import { loadTail, madd, storeTail, sumLanes } from './simd';

/** y = rmsNorm(x + residual) over rows of d; x may be y; residual and rstd (one float per row) may be null. */
export function addRmsNorm(x: usize, residual: usize, y: usize, rstd: usize, n: i32, d: i32, eps: f32): void {
  const d4 = <usize>(d & ~3) << 2, d16 = <usize>(d & ~15) << 2, tail = d & 3;
  const bytes = <usize>d << 2;
  for (let i = 0; i < n; i++) {
    // Four sums: one alone would wait for itself at every step.
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let at: usize = 0;
    if (residual) {
      for (; at < d16; at += 64) {
        const r0 = f32x4.add(v128.load(x + at), v128.load(residual + at));
        const r1 = f32x4.add(v128.load(x + at, 16), v128.load(residual + at, 16));
        const r2 = f32x4.add(v128.load(x + at, 32), v128.load(residual + at, 32));
        const r3 = f32x4.add(v128.load(x + at, 48), v128.load(residual + at, 48));
        s0 = madd(r0, r0, s0); s1 = madd(r1, r1, s1); s2 = madd(r2, r2, s2); s3 = madd(r3, r3, s3);
        v128.store(y + at, r0); v128.store(y + at, r1, 16); v128.store(y + at, r2, 32); v128.store(y + at, r3, 48);
      }
    }
    for (; at < d4; at += 16) {
      let r = v128.load(x + at);
      if (residual) r = f32x4.add(r, v128.load(residual + at));
      s0 = madd(r, r, s0);
      v128.store(y + at, r);
    }
    if (tail) {
      let r = loadTail(x + at, tail);
      if (residual) r = f32x4.add(r, loadTail(residual + at, tail));
      s1 = madd(r, r, s1);
      storeTail(y + at, r, tail);
    }
    const squares = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    const s = <f32>1 / sqrt<f32>(sumLanes(squares) / <f32>d + eps);
    const s4 = f32x4.splat(s);
    for (at = 0; at < d4; at += 16) v128.store(y + at, f32x4.mul(v128.load(y + at), s4));
    if (tail) storeTail(y + at, f32x4.mul(loadTail(y + at, tail), s4), tail);
    if (rstd) {
      store<f32>(rstd, s);
      rstd += 4;
    }
    x += bytes;
    y += bytes;
    if (residual) residual += bytes;
  }
}

/** dr = s (dy - y mean(dy y)), the gradient for x and for the residual alike; dr may be dy. */
export function rmsNormGrad(dy: usize, y: usize, rstd: usize, dr: usize, n: i32, d: i32): void {
  const d4 = <usize>(d & ~3) << 2, tail = d & 3;
  const bytes = <usize>d << 2;
  for (let i = 0; i < n; i++) {
    let dots = f32x4.splat(0);
    let at: usize = 0;
    for (; at < d4; at += 16) dots = madd(v128.load(dy + at), v128.load(y + at), dots);
    if (tail) dots = madd(loadTail(dy + at, tail), loadTail(y + at, tail), dots);
    const s = load<f32>(rstd);
    const s4 = f32x4.splat(s), m4 = f32x4.splat((-s * sumLanes(dots)) / <f32>d);
    for (at = 0; at < d4; at += 16) {
      v128.store(dr + at, madd(v128.load(y + at), m4, f32x4.mul(v128.load(dy + at), s4)));
    }
    if (tail) {
      storeTail(dr + at, madd(loadTail(y + at, tail), m4, f32x4.mul(loadTail(dy + at, tail), s4)), tail);
    }
    rstd += 4;
    dy += bytes;
    y += bytes;
    dr += bytes;
  }
}
