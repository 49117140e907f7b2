// RMS normalisation without a weight: y = r / sqrt(mean(r^2) + eps), r = x or x + residual.
import { loadTail, madd, storeTail, sumLanes } from './simd';

/** y = rmsNorm(x + residual) over rows of d; x may be y; residual and rstd (one float per row) may be null. */
export function addRmsNorm(x: usize, residual: usize, y: usize, rstd: usize, n: i32, d: i32, eps: f32): void {
  const d4 = <usize>(d & ~3) << 2, tail = d & 3;
  const bytes = <usize>d << 2;
  for (let i = 0; i < n; i++) {
    let squares = f32x4.splat(0);
    let at: usize = 0;
    for (; at < d4; at += 16) {
      let r = v128.load(x + at);
      if (residual) r = f32x4.add(r, v128.load(residual + at));
      squares = madd(r, r, squares);
      v128.store(y + at, r);
    }
    if (tail) {
      let r = loadTail(x + at, tail);
      if (residual) r = f32x4.add(r, loadTail(residual + at, tail));
      squares = madd(r, r, squares);
      storeTail(y + at, r, tail);
    }
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
