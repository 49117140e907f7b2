// Adam with decoupled weight decay, one array at a time.

/** Sum of squares of n floats, in double precision, always in the same order. */
export function sumSquares(x: usize, n: i32): f64 {
  let low = f64x2.splat(0), high = low;
  const end = x + (<usize>(n & ~3) << 2);
  for (; x < end; x += 16) {
    const v = v128.load(x);
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sums = f64x2.add(low, high);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (let i = n & ~3; i < n; i++, x += 4) {
    const value = <f64>load<f32>(x);
    sum += value * value;
  }
  return sum;
}

/**
 * w -= lr (mHat / (sqrt(vHat) + eps) + decay w), with g scaled by gradScale first;
 * correction1 = 1 / (1 - beta1^t), correction2 = 1 / (1 - beta2^t).
 */
export function adam(
  w: usize, g: usize, m: usize, v: usize, n: i32, gradScale: f32, lr: f32, beta1: f32, beta2: f32, eps: f32,
  decay: f32, correction1: f32, correction2: f32,
): void {
  const scale4 = f32x4.splat(gradScale), b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2);
  const a1 = f32x4.splat(<f32>1 - beta1), a2 = f32x4.splat(<f32>1 - beta2), eps4 = f32x4.splat(eps);
  const step = f32x4.splat(lr * correction1), c2 = f32x4.splat(correction2), keep = f32x4.splat(<f32>1 - lr * decay);
  const end = w + (<usize>(n & ~3) << 2);
  for (; w < end; w += 16, g += 16, m += 16, v += 16) {
    const grad = f32x4.mul(v128.load(g), scale4);
    const m1 = f32x4.add(f32x4.mul(v128.load(m), b1), f32x4.mul(grad, a1));
    const v1 = f32x4.add(f32x4.mul(v128.load(v), b2), f32x4.mul(f32x4.mul(grad, grad), a2));
    v128.store(m, m1);
    v128.store(v, v1);
    const update = f32x4.div(f32x4.mul(m1, step), f32x4.add(f32x4.sqrt(f32x4.mul(v1, c2)), eps4));
    v128.store(w, f32x4.sub(f32x4.mul(v128.load(w), keep), update));
  }
  for (let i = n & ~3; i < n; i++, w += 4, g += 4, m += 4, v += 4) {
    const grad = load<f32>(g) * gradScale;
    const m1 = load<f32>(m) * beta1 + grad * (<f32>1 - beta1);
    const v1 = load<f32>(v) * beta2 + grad * grad * (<f32>1 - beta2);
    store<f32>(m, m1);
    store<f32>(v, v1);
    const update = (m1 * (lr * correction1)) / (sqrt<f32>(v1 * correction2) + eps);
    store<f32>(w, load<f32>(w) * (<f32>1 - lr * decay) - update);
  }
}
