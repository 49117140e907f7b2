import type { DataId, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { compileKernels, compileNative, relaxedSimd } from './compile.ts';
import { parkMiller } from './random.ts';
import type { TF } from './types.ts';

type Kernel = (...args: number[]) => number;

/** The kernel module's exports; see assembly/index.ts. Pointers are byte offsets into the backend's memory. */
export type WasmExports = Record<
  | 'addRmsNorm'
  | 'rmsNormGrad'
  | 'gemmNN'
  | 'gemmNT'
  | 'gemmTN'
  | 'panelBytes'
  | 'tnScratch'
  | 'columnSum'
  | 'swiglu'
  | 'swigluGrad'
  | 'swigluScratch'
  | 'swigluGradScratch'
  | 'attentionBlock'
  | 'attentionBlockGrad'
  | 'attentionScratch'
  | 'attentionGradScratch'
  | 'raggedAttention'
  | 'raggedAttentionGrad'
  | 'embedSum'
  | 'embedSumGrad'
  | 'categorical'
  | 'categoricalGrad'
  | 'sumSquares'
  | 'adam'
  | 'setEdgeTile'
  | 'setNative'
  | 'setExpTable'
  | 'siluArray'
  | 'siluGradArray'
  | 'sigmoidArray'
  | 'sigmoidGradArray'
  | 'indexLow'
  | 'indexHigh',
  Kernel
>;

/** The parts of tfjs's wasm backend that the kernels build on. */
export interface WasmBackend extends KernelBackend {
  wasm: {
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    asm?: { memory?: WebAssembly.Memory };
    HEAPU8: Uint8Array;
  };
  dataIdMap: { get(id: DataId): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32' | 'int32'): TensorInfo;
}

export interface WasmHost {
  kernels: WasmExports;
  backend: WasmBackend;
  /** Whether products use fused multiply-add. */
  fused: boolean;
  /** Whether large products can run in native code. */
  native: boolean;
  /** Byte offset of a tensor's data. */
  pointer(tensor: TensorInfo): number;
  /** Byte offset of scratch memory, 16-byte aligned; valid until the next call. */
  scratch(bytes: number): number;
  /** The backend's memory as floats; stale after any allocation. */
  floats(): Float32Array;
}

let host: Promise<WasmHost> | undefined;

/** Loads the kernels beside tfjs's wasm backend, which must be the active one. Once per process or worker. */
export function wasmHost(tf: TF): Promise<WasmHost> {
  host ??= load(tf);
  return host;
}

async function load(tf: TF): Promise<WasmHost> {
  const backend = tf.backend() as WasmBackend;
  const memory = backend.wasm.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory)) {
    throw new Error(
      'This version of tfjs-backend-wasm does not show its memory; the fused kernels need it.',
    );
  }
  const fused = relaxedSimd();
  const [binary, nativeProduct] = await Promise.all([
    compileKernels(fused),
    fused ? compileNative() : undefined,
  ]);
  const module = await WebAssembly.compile(binary);
  const imports = {
    env: {
      memory,
      nativeProduct: (...args: number[]) => nativeProduct?.(memory.buffer, ...args),
      abort: () => {
        throw new Error('A wasm kernel aborted.');
      },
    },
  };
  // Cast: what a module exports is known to its build only (`assembly/`).
  const kernels = (await WebAssembly.instantiate(module, imports))
    .exports as unknown as WasmExports;
  kernels.setEdgeTile(align(backend.wasm._malloc(256 + 16)));
  kernels.setExpTable(align(backend.wasm._malloc(384 + 16)));
  let block = 0;
  let size = 0;
  return {
    kernels,
    backend,
    fused,
    native: nativeProduct !== undefined && nativeAgrees(kernels, backend, memory),
    pointer: (tensor) => backend.dataIdMap.get(tensor.dataId).memoryOffset,
    scratch(bytes) {
      if (bytes > size) {
        if (block) backend.wasm._free(block);
        size = Math.ceil((bytes * 1.25) / 65536) * 65536;
        block = backend.wasm._malloc(size + 16);
      }
      return align(block);
    },
    floats: () => new Float32Array(memory.buffer),
  };
}

/** Whether the native product gives the same bits as the wasm one, on sizes that leave remainders everywhere. */
function nativeAgrees(
  kernels: WasmExports,
  backend: WasmBackend,
  memory: WebAssembly.Memory,
): boolean {
  const [n, k, m] = [37, 96, 43];
  const sizes = [n * k, k * m, n * m, n * m, kernels.panelBytes(k, m) / 4 + 4];
  const block = backend.wasm._malloc(sizes.reduce((a, b) => a + b, 4) * 4);
  const pointers: number[] = [];
  sizes.reduce((at, size) => {
    pointers.push(at);
    return at + size * 4;
  }, align(block));
  const [a, b, c1, c2, panels] = pointers;
  const view = (at: number, size: number) => new Float32Array(memory.buffer, at, size);
  const random = parkMiller(3);
  for (const [at, size] of [
    [a, n * k],
    [b, k * m],
  ])
    view(at, size).forEach((_, i, all) => {
      all[i] = random() - 0.5;
    });
  for (const [on, c] of [
    [0, c1],
    [1, c2],
  ]) {
    kernels.setNative(on);
    // Once stored, once added.
    for (const mode of [0, 1])
      kernels.gemmNN(a, k * 4, n, k, b, m * 4, m, c, m * 4, mode, 0, align(panels));
  }
  kernels.setNative(0);
  const [first, second] = [c1, c2].map((c) => new Uint32Array(memory.buffer, c, n * m));
  const agrees = first.every((bits, i) => bits === second[i]);
  backend.wasm._free(block);
  return agrees;
}

function align(pointer: number): number {
  return ((pointer >>> 0) + 15) & ~15;
}
