// SIMD building blocks. Everything is inlined; nothing here touches memory that it was not given.

/** a * b + c; one rounding where relaxed SIMD is enabled and the CPU has fused multiply-add. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Sum of the four lanes, always in the same order. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The sums over the lanes of four vectors, each always in the same order. */
// @ts-ignore: decorator
@inline
export function sumLanes4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
export function maxLanes(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** First n (1..3) floats at p, the rest zero; never reads past them. */
export function loadTail(p: usize, n: i32): v128 {
  if (n == 1) return v128.load32_zero(p);
  const pair = v128.load64_zero(p);
  return n == 2 ? pair : v128.load32_lane(p, pair, 2, 8);
}

export function storeTail(p: usize, v: v128, n: i32): void {
  if (n == 1) {
    v128.store32_lane(p, v, 0);
    return;
  }
  v128.store64_lane(p, v, 0);
  if (n == 3) v128.store32_lane(p, v, 2, 8);
}

/** Constants of exp4, 16 bytes each: V8 loads a vector faster than it builds one, and has no registers left for them. */
let table: usize = 0;

/** Writes the constants of exp4 and expNeg4 to 384 bytes at `pointer`; called once by the host. */
export function setExpTable(pointer: usize): void {
  table = pointer;
  for (let half = 0; half < 2; half++) {
    const sign: f32 = half ? -1 : 1;
    // Bounds whose results are normal floats.
    v128.store(pointer, f32x4.splat(half ? -88.3 : -87.3));
    v128.store(pointer, f32x4.splat(half ? 87.3 : 88.3), 16);
    // 1 / ln 2, and 1.5 * 2^23: adding that rounds to a whole number and leaves it in the low bits.
    v128.store(pointer, f32x4.splat(sign * 1.44269504088896341), 32);
    v128.store(pointer, f32x4.splat(12582912), 48);
    // -ln 2 in two parts, which keep the argument reduction exact to float precision.
    v128.store(pointer, f32x4.splat(sign * -0.693359375), 64);
    v128.store(pointer, f32x4.splat(sign * 2.12194440e-4), 80);
    // A polynomial for e^r, |r| <= ln 2 / 2.
    v128.store(pointer, f32x4.splat(1.3981999507e-3), 96);
    v128.store(pointer, f32x4.splat(sign * 8.3334519073e-3), 112);
    v128.store(pointer, f32x4.splat(4.1665795894e-2), 128);
    v128.store(pointer, f32x4.splat(sign * 1.6666665459e-1), 144);
    v128.store(pointer, f32x4.splat(0.5), 160);
    v128.store(pointer, f32x4.splat(1), 176);
    pointer += 192;
  }
}

// @ts-ignore: decorator
@inline
function clampAt(x: v128, t: usize): v128 {
  // The pseudo-minimum is one instruction, the IEEE one several.
  return f32x4.pmax(f32x4.pmin(x, v128.load(t, 16)), v128.load(t));
}

// e^r - 1 - r over r^2, in pairs: the shortest chain of dependent operations.
// @ts-ignore: decorator
@inline
function bracket(r: v128, r2: v128, t: usize): v128 {
  const low = madd(r, v128.load(t, 144), v128.load(t, 160));
  const high = madd(r, v128.load(t, 112), v128.load(t, 128));
  return madd(r2, madd(r2, v128.load(t, 96), high), low);
}

/**
 * e^x to about 1e-7 relative, as 2^n e^r. Clamped to the range whose result is a normal float, so it never yields 0,
 * infinity or a denormal; NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const t = table;
  x = clampAt(x, t);
  const shifted = madd(x, v128.load(t, 32), v128.load(t, 48));
  const n = f32x4.sub(shifted, v128.load(t, 48));
  const r = madd(n, v128.load(t, 80), madd(n, v128.load(t, 64), x));
  const r2 = f32x4.mul(r, r);
  const p = madd(r2, bracket(r, r2, t), f32x4.add(r, v128.load(t, 176)));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** e^-x, the very bits of exp4(-x): V8 needs three instructions to negate, and the constants can do it. */
// @ts-ignore: decorator
@inline
export function expNeg4(x: v128): v128 {
  const t = table;
  x = clampAt(x, t + 192);
  const shifted = madd(x, v128.load(t, 192 + 32), v128.load(t, 48));
  const n = f32x4.sub(shifted, v128.load(t, 48));
  const r = madd(n, v128.load(t, 192 + 80), madd(n, v128.load(t, 192 + 64), x));
  const r2 = f32x4.mul(r, r);
  const p = madd(r2, bracket(r, r2, t + 192), f32x4.sub(v128.load(t, 176), r));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** 1 / (1 + e^-x). */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, expNeg4(x)));
}

/** y / (1 + e^-x). */
// @ts-ignore: decorator
@inline
export function gated4(x: v128, y: v128): v128 {
  return f32x4.div(y, f32x4.add(f32x4.splat(1), expNeg4(x)));
}

// @ts-ignore: decorator
@inline
export function align16(bytes: usize): usize {
  return (bytes + 15) & ~15;
}
