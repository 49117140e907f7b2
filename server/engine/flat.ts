import type { Tensor, TF, Variable } from './types.ts';
import type { WasmBackend } from './wasmHost.ts';

/**
 * Backends that keep a packed copy of a matrix they multiply by. They do not see it change in place, so a
 * variable gets new data instead.
 */
const PACKS = new Set(['wasm']);

/** Copies lists of tensors to and from one flat float32 array, in list order: for sharing weights and gradients. */
export interface Flat {
  /** Number of floats in a list. */
  sizeOf(tensors: readonly Tensor[]): number;
  /** Copies the tensors' values to `out` (which may view a SharedArrayBuffer) from its start. Not for WebGPU. */
  readFlat(tensors: readonly Tensor[], out: Float32Array): void;
  /** As readFlat, for every engine. */
  readFlatAsync(tensors: readonly Tensor[], out: Float32Array): Promise<void>;
  /** Overwrites the tensors' values with `values`. On WebGPU and tfjs-node all must be variables. */
  writeFlat(tensors: readonly Tensor[], values: Float32Array): void;
}

export function sizeOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.size, 0);
}

/** Gives a variable its own data before it is changed in place: clones and reshapes may share it. */
export function ownData(tf: TF, tensor: Tensor): void {
  if (tf.backend().refCount(tensor.dataId) <= 1) return;
  if (!('assign' in tensor)) {
    throw new TypeError('A tensor whose data another tensor shares cannot be written in place.');
  }
  const copy = tf.mul(tensor, 1);
  (tensor as Variable).assign(copy);
  copy.dispose();
}

export function flatOf(tf: TF): Flat {
  const walk = (
    tensors: readonly Tensor[],
    flat: Float32Array,
    visit: (tensor: Tensor, part: Float32Array) => void,
  ) => {
    const size = sizeOf(tensors);
    if (flat.length !== size)
      throw new RangeError(`The flat array must hold ${size} floats; got ${flat.length}.`);
    let at = 0;
    for (const tensor of tensors) {
      visit(tensor, flat.subarray(at, at + tensor.size));
      at += tensor.size;
    }
  };
  return {
    sizeOf,
    readFlat(tensors, out) {
      const views = dataViews(tf);
      walk(tensors, out, (tensor, part) =>
        part.set(views ? views(tensor) : (tensor.dataSync() as Float32Array)),
      );
    },
    async readFlatAsync(tensors, out) {
      const views = dataViews(tf);
      if (views) return walk(tensors, out, (tensor, part) => part.set(views(tensor)));
      const values = await Promise.all(tensors.map((tensor) => tensor.data()));
      let i = 0;
      walk(tensors, out, (_, part) => part.set(values[i++] as Float32Array));
    },
    writeFlat(tensors, values) {
      const views = dataViews(tf);
      walk(tensors, values, (tensor, part) => {
        if (views && !(PACKS.has(tf.getBackend()) && 'assign' in tensor)) {
          ownData(tf, tensor);
          views(tensor).set(part);
        } else if ('assign' in tensor) {
          const next = tf.tensor(Float32Array.from(part), tensor.shape, 'float32');
          (tensor as Variable).assign(next);
          next.dispose();
        } else {
          throw new TypeError(`writeFlat: only variables can be written on ${tf.getBackend()}.`);
        }
      });
    },
  };
}

/** A view of a tensor's values in place, on backends whose memory this process can access. */
function dataViews(tf: TF): ((tensor: Tensor) => Float32Array) | undefined {
  const backend = tf.backend();
  if (tf.getBackend() === 'wasm') {
    const { dataIdMap, wasm } = backend as WasmBackend;
    const { buffer } = wasm.HEAPU8;
    return (tensor) =>
      new Float32Array(buffer, dataIdMap.get(tensor.dataId).memoryOffset, tensor.size);
  }
  if (tf.getBackend() === 'cpu') {
    // Cast: the CPU backend keeps its numbers in a private field.
    const { data } = backend as unknown as { data: { get(id: object): { values: Float32Array } } };
    return (tensor) => data.get(tensor.dataId).values;
  }
  return undefined;
}
