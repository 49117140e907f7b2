// Categorical distribution over the columns of logits[n,a].
import { exp4, loadTail, storeTail } from './simd';

/** Natural logarithm of a normal double, to about 1e-15: no table, so the module carries no data of its own. */
function log1(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), |s| <= 0.172
  const s = (m - 1) / (m + 1), q = s * s;
  let p: f64 = 1.0 / 19;
  p = p * q + 1.0 / 17;
  p = p * q + 1.0 / 15;
  p = p * q + 1.0 / 13;
  p = p * q + 1.0 / 11;
  p = p * q + 1.0 / 9;
  p = p * q + 1.0 / 7;
  p = p * q + 1.0 / 5;
  p = p * q + 1.0 / 3;
  p = p * q + 1;
  return 2 * s * p + <f64>exponent * 0.6931471805599453;
}

/** probs[n,a], logProb[n] of actions int32[n], entropy[n]. An action below 0 or above a - 1 gives log-probability NaN. */
export function categorical(
  logits: usize, actions: usize, probs: usize, logProb: usize, entropy: usize, n: i32, a: i32,
): void {
  for (let i = 0; i < n; i++) {
    let peak = load<f32>(logits);
    for (let j = 1; j < a; j++) peak = max(peak, load<f32>(logits + (<usize>j << 2)));
    const peak4 = f32x4.splat(peak);
    let sum: f64 = 0;
    for (let j = 0; j < a; j += 4) {
      const lanes = min(4, a - j);
      const at = <usize>j << 2;
      const x = f32x4.sub(lanes == 4 ? v128.load(logits + at) : loadTail(logits + at, lanes), peak4);
      const e = exp4(x);
      if (lanes == 4) v128.store(probs + at, e);
      else storeTail(probs + at, e, lanes);
      for (let c = 0; c < lanes; c++) sum += <f64>load<f32>(probs + at + (<usize>c << 2));
    }
    const logSum = log1(sum);
    let h: f64 = 0;
    for (let j = 0; j < a; j++) {
      const at = <usize>j << 2;
      const p = <f64>load<f32>(probs + at) / sum;
      h -= p * (<f64>load<f32>(logits + at) - <f64>peak - logSum);
      store<f32>(probs + at, <f32>p);
    }
    const action = load<i32>(actions);
    store<f32>(
      logProb,
      <u32>action < <u32>a ? <f32>(<f64>load<f32>(logits + (<usize>action << 2)) - <f64>peak - logSum) : <f32>NaN,
    );
    store<f32>(entropy, <f32>h);
    logits += <usize>a << 2;
    probs += <usize>a << 2;
    actions += 4;
    logProb += 4;
    entropy += 4;
  }
}

/** dLogits = dLogProb (onehot - p) - dEntropy p (log p + entropy). */
export function categoricalGrad(
  dLogProb: usize, dEntropy: usize, logits: usize, actions: usize, probs: usize, logProb: usize, entropy: usize,
  dLogits: usize, n: i32, a: i32,
): void {
  for (let i = 0; i < n; i++) {
    const action = load<i32>(actions);
    const dl = load<f32>(dLogProb), de = load<f32>(dEntropy), h = load<f32>(entropy);
    // log p_j = logits_j - logits_action + logProb
    const shift = load<f32>(logProb) - load<f32>(logits + (<usize>action << 2));
    for (let j = 0; j < a; j++) {
      const at = <usize>j << 2;
      const p = load<f32>(probs + at);
      const onehot: f32 = j == action ? 1 : 0;
      store<f32>(dLogits + at, dl * (onehot - p) - de * p * (load<f32>(logits + at) + shift + h));
    }
    logits += <usize>a << 2;
    probs += <usize>a << 2;
    dLogits += <usize>a << 2;
    actions += 4;
    logProb += 4;
    entropy += 4;
    dLogProb += 4;
    dEntropy += 4;
  }
}
