import { WORKGROUP } from './program.ts';

/**
 * The kernels' text in WGSL. tfjs adds the declarations: inputs and `result` as arrays, `uniforms`, `localId`. Sums run in
 * an order that the sizes alone decide, so that the same numbers give the same bits.
 */

/** total(x, lane): the sum of x over the workgroup, for each of its threads. */
const TOTAL = `
  var<workgroup> parts : array<f32, ${WORKGROUP}>;
  fn total(x : f32, lane : i32) -> f32 {
    parts[lane] = x;
    workgroupBarrier();
    for (var half = ${WORKGROUP / 2}; half > 0; half = half >> 1u) {
      if (lane < half) { parts[lane] += parts[lane + half]; }
      workgroupBarrier();
    }
    let sum = parts[0];
    workgroupBarrier();
    return sum;
  }`;

/** A workgroup for each row. One beyond the last repeats it: barriers allow no early return. */
const ROW = `
  let row = min(index / ${WORKGROUP}, uniforms.rows - 1);
  let lane = i32(localId.x);
  let base = row * uniforms.width;`;

const EACH = `for (var c = lane; c < uniforms.width; c += ${WORKGROUP})`;

/** What is normed: x + y, or x alone. */
const summed = (two: boolean): string => (two ? '(x[base + c] + y[base + c])' : 'x[base + c]');

/** The factor of a row, `rstd`. */
const rowFactor = (two: boolean): string => `
    var squares = 0.0;
    ${EACH} {
      let r = ${summed(two)};
      squares += r * r;
    }
    let rstd = 1.0 / sqrt(total(squares, lane) / f32(uniforms.width) + uniforms.epsilon);`;

/** RMSNorm(x + y), or of x alone. */
export const addNorm = (two: boolean): string => `${TOTAL}
  fn main(index : i32) {
    ${ROW}
    ${rowFactor(two)}
    ${EACH} { result[base + c] = ${summed(two)} * rstd; }
  }`;

/** The factor by which addNorm scaled each row: what its gradient needs beside its result. */
export const normFactor = (two: boolean): string => `${TOTAL}
  fn main(index : i32) {
    ${ROW}
    ${rowFactor(two)}
    if (lane == 0) { result[row] = rstd; }
  }`;

export const normGrad = `${TOTAL}
  fn main(index : i32) {
    ${ROW}
    var along = 0.0;
    ${EACH} { along += dy[base + c] * y[base + c]; }
    let mean = total(along, lane) / f32(uniforms.width);
    ${EACH} { result[base + c] = (dy[base + c] - y[base + c] * mean) * rstd[row]; }
  }`;

/** One thread for each number: those beyond the last do nothing. */
const EACH_NUMBER = `fn main(index : i32) {
    if (index >= uniforms.count) { return; }`;

const SIGMOID = 'fn sigmoid(x : f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }';

/** silu(gate) · up of rows [gate | up]. */
export const gate = `${SIGMOID}
  ${EACH_NUMBER}
    let at = index / uniforms.width * 2 * uniforms.width + index % uniforms.width;
    let g = gateUp[at];
    result[index] = g * sigmoid(g) * gateUp[at + uniforms.width];
  }`;

export const gateGrad = `${SIGMOID}
  ${EACH_NUMBER}
    let at = index / uniforms.width * 2 * uniforms.width + index % uniforms.width;
    let g = gateUp[at];
    let s = sigmoid(g);
    result[at] = dh[index] * gateUp[at + uniforms.width] * s * (1.0 + g * (1.0 - s));
    result[at + uniforms.width] = dh[index] * g * s;
  }`;

/** Rotary positions on the parts q and k of rows [q | k | v]; `turn` -1 undoes them, which is the gradient. */
export const rotate = `
  ${EACH_NUMBER}
    let column = index % (3 * uniforms.width);
    if (column >= 2 * uniforms.width) { result[index] = x[index]; return; }
    let half = uniforms.head / 2;
    let place = index / (3 * uniforms.width) % uniforms.length * uniforms.head + column % uniforms.head;
    if (column % uniforms.head < half) {
      let other = select(sine[place], sine[place + half], uniforms.turn < 0.0);
      result[index] = x[index] * cosine[place] - uniforms.turn * x[index + half] * other;
    } else {
      let other = select(sine[place], sine[place - half], uniforms.turn < 0.0);
      result[index] = x[index] * cosine[place] + uniforms.turn * x[index - half] * other;
    }
  }`;

export const add = `
  fn main(index : i32) {
    if (index < uniforms.count) { result[index] = a[index] + b[index]; }
  }`;

/** Sums of table rows. */
export const embedSum = `
  ${EACH_NUMBER}
    let first = index / uniforms.width * uniforms.features;
    let column = index % uniforms.width;
    var sum = 0.0;
    for (var k = 0; k < uniforms.features; k++) {
      let row = indices[first + k];
      if (row >= 0) { sum += table[row * uniforms.width + column]; }
    }
    result[index] = sum;
  }`;

/** One thread for each number of a table. */
const EACH_ENTRY = `${EACH_NUMBER}
    let row = index / uniforms.width;
    let column = index % uniforms.width;
    var sum = 0.0;`;

/** Each table row collects the gradients of the places that read it: places[starts[row]..starts[row + 1]]. */
export const embedGrad = `
  ${EACH_ENTRY}
    for (var at = starts[row]; at < starts[row + 1]; at++) {
      sum += dy[places[at] / uniforms.features * uniforms.width + column];
    }
    result[index] = sum;
  }`;

/** The same where the host does not know the indices: each row looks through all of them. */
export const embedGradSearch = `
  ${EACH_ENTRY}
    for (var at = 0; at < uniforms.places; at++) {
      if (indices[at] == row) { sum += dy[at / uniforms.features * uniforms.width + column]; }
    }
    result[index] = sum;
  }`;

/** Sums over the first of two axes, each column by a workgroup. */
export const columnSum = `${TOTAL}
  fn main(index : i32) {
    let column = min(index / ${WORKGROUP}, uniforms.width - 1);
    let lane = i32(localId.x);
    var sum = 0.0;
    for (var row = lane; row < uniforms.rows; row += ${WORKGROUP}) { sum += x[row * uniforms.width + column]; }
    let all = total(sum, lane);
    if (lane == 0) { result[column] = all; }
  }`;

/** Sum of equally shaped arrays that lie one after the other. */
export const partSum = `
  ${EACH_NUMBER}
    var sum = 0.0;
    for (var part = 0; part < uniforms.parts; part++) { sum += x[part * uniforms.count + index]; }
    result[index] = sum;
  }`;

/** Sums of squares of interleaved parts of x, as many as there are workgroups, from result[first] on. */
export const sumSquares = `${TOTAL}
  fn main(index : i32) {
    let lane = i32(localId.x);
    var sum = 0.0;
    for (var at = index; at < uniforms.count; at += uniforms.stride) { sum += x[at] * x[at]; }
    let all = total(sum, lane);
    if (lane == 0) { result[uniforms.first + index / ${WORKGROUP}] = all; }
  }`;

/** A moment of Adam in place: of the gradient, or of its square. */
export const moment = (square: boolean): string => `
  ${EACH_NUMBER}
    let g = grad[index] * uniforms.scale;
    result[index] = result[index] * uniforms.beta + ${square ? 'g * g' : 'g'} * (1.0 - uniforms.beta);
  }`;

export const adam = `
  ${EACH_NUMBER}
    let update = uniforms.rate * m[index] / (sqrt(v[index] * uniforms.correction) + uniforms.epsilon);
    result[index] = result[index] * uniforms.decay - update;
  }`;
