// Elementwise activations over n floats.
import { gated4, loadTail, madd, sigmoid4, storeTail } from './simd';

/** y = 1 / (1 + e^-x). */
export function sigmoidArray(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2), tail = n & 3;
  for (; x < end; x += 16, y += 16) v128.store(y, sigmoid4(v128.load(x)));
  if (tail) storeTail(y, sigmoid4(loadTail(x, tail)), tail);
}

// @ts-ignore: decorator
@inline
function sigmoidSlope(y: v128, dy: v128): v128 {
  return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
}

/** dx = dy y (1 - y). */
export function sigmoidGradArray(dy: usize, y: usize, dx: usize, n: i32): void {
  const end = y + (<usize>(n & ~3) << 2), tail = n & 3;
  for (; y < end; y += 16, dy += 16, dx += 16) v128.store(dx, sigmoidSlope(v128.load(y), v128.load(dy)));
  if (tail) storeTail(dx, sigmoidSlope(loadTail(y, tail), loadTail(dy, tail)), tail);
}

/** y = x / (1 + e^-x). */
export function siluArray(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2), tail = n & 3;
  for (; x < end; x += 16, y += 16) {
    const value = v128.load(x);
    v128.store(y, gated4(value, value));
  }
  if (tail) {
    const value = loadTail(x, tail);
    storeTail(y, gated4(value, value), tail);
  }
}

// @ts-ignore: decorator
@inline
function siluSlope(x: v128, dy: v128): v128 {
  const one = f32x4.splat(1);
  const s = sigmoid4(x);
  return f32x4.mul(dy, f32x4.mul(s, madd(x, f32x4.sub(one, s), one)));
}

/** dx = dy s (1 + x (1 - s)), s = sigmoid(x). */
export function siluGradArray(dy: usize, x: usize, dx: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2), tail = n & 3;
  for (; x < end; x += 16, dy += 16, dx += 16) v128.store(dx, siluSlope(v128.load(x), v128.load(dy)));
  if (tail) storeTail(dx, siluSlope(loadTail(x, tail), loadTail(dy, tail)), tail);
}
