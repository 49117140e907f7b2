import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { GpuBackend } from './program.ts';

/**
 * Values of integer tensors that came from the host. Reading them back from the GPU would mean waiting, so they are
 * remembered: ask once before a kernel gets the tensor. Undefined for a tensor that the GPU computed.
 */
export function rememberHostValues(
  backend: GpuBackend,
): (tensor: TensorInfo) => Int32Array | undefined {
  const known = new WeakMap<object, Int32Array>();
  return ({ dataId }) => {
    const { values } = backend.tensorMap.get(dataId);
    if (values && !known.has(dataId)) known.set(dataId, Int32Array.from(values));
    return known.get(dataId);
  };
}

/** Throws a RangeError that names the first index outside -1..rows-1. */
export function checkIndices(values: Int32Array | undefined, rows: number): void {
  const wrong = values?.find((index) => index < -1 || index >= rows);
  if (wrong !== undefined)
    throw new RangeError(`embedSum: indices must lie in -1..${rows - 1}; got ${wrong}.`);
}

/** For each row the places that name it: places[starts[row]..starts[row + 1]], in order. */
export function invert(rowOfPlace: Int32Array, rows: number): [Int32Array, Int32Array] {
  const starts = new Int32Array(rows + 1);
  for (const row of rowOfPlace) if (row >= 0) starts[row + 1]++;
  for (let row = 0; row < rows; row++) starts[row + 1] += starts[row];
  const next = starts.slice();
  // One at least: a binding cannot be empty.
  const places = new Int32Array(Math.max(1, starts[rows]));
  rowOfPlace.forEach((row, place) => {
    if (row >= 0) places[next[row]++] = place;
  });
  return [starts, places];
}

/** For each row of the pool the groups that read it; `ranges` as in raggedAttention. */
export function readersOf(ranges: Int32Array, pool: number): [Int32Array, Int32Array] {
  const rows: number[] = [];
  const groups: number[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    for (let i = 0; i < ranges[at + 1]; i++) {
      rows.push(ranges[at] + i);
      groups.push(at >> 2);
    }
  }
  const [starts, places] = invert(Int32Array.from(rows), pool);
  return [starts, groups.length ? places.map((place) => groups[place]) : places];
}
