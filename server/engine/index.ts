import { withChecks } from './checks.ts';
import { chooseEngine } from './choose.ts';
import { registerGradients } from './compile.ts';
import { type Flat, flatOf } from './flat.ts';
import { fusedOps } from './fusedOps.ts';
import { ENGINE_NAMES, type EngineName } from './names.ts';
import { noGrad } from './noGrad.ts';
import { plainOps } from './plainOps.ts';
import { startTfjsNode } from './tfjsNode.ts';
import type { Ops, TF } from './types.ts';
import { wasmAdam } from './wasmAdam.ts';
import { wasmHost } from './wasmHost.ts';
import { registerWasmKernels, shareClones, WASM_KEPT } from './wasmKernels.ts';
import { startWebGpu } from './webgpu.ts';

export { type Choice, chooseEngine, type Doctor, doctor, type EngineReport } from './choose.ts';
export { sizeOf, sumFlat } from './flat.ts';
export * from './names.ts';
export { noGrad } from './noGrad.ts';
export * from './types.ts';

export interface Engine extends Ops, Flat {
  name: EngineName;
  /** What computes, in words: backend, instruction set, device. */
  description: string;
  tf: TF;
  /** Makes this the engine that tfjs computes on; only needed where a process has several. */
  activate(): Promise<void>;
  /** Runs `f` without recording gradients, also inside tf.grads and the like: HRM's no-gradient region. */
  noGrad<T>(f: () => T): T;
  /** Whether a GPU engine runs on a software adapter. */
  software: boolean;
  /** Whether tensors lie in this process's memory, so that reading and writing them is a mere copy. */
  inMemory: boolean;
  /** Throws if the device reported an error since the last call; await it once per step on WebGPU. */
  checkErrors(): Promise<void>;
  dispose(): void;
}

export interface EngineOptions {
  /** 'auto' is the fastest that works here; see chooseEngine. */
  engine?: EngineName | 'auto';
  /** Whether the engine wasm may run its large matrix products in native code, with the same results; true unless given. */
  native?: boolean;
  /** Where 'auto' remembers its choice; a folder of the engine's own unless given. */
  cacheFolder?: string;
}

/** The engine of this name, made the active one. Throws an Error with the reason and what to do if it cannot run here. */
export async function createEngine({
  engine: wanted = 'auto',
  native = true,
  cacheFolder,
}: EngineOptions = {}): Promise<Engine> {
  const name = wanted === 'auto' ? (await chooseEngine({ cacheFolder })).name : wanted;
  if (!ENGINE_NAMES.includes(name)) {
    throw new RangeError(
      `engine must be auto or one of ${ENGINE_NAMES.join(', ')}; got ${JSON.stringify(wanted)}.`,
    );
  }
  const tf = await loadTfjs();
  const { ops, backend, activated, checkErrors, dispose, description, software } = await start(
    tf,
    name,
    native,
  );
  activated?.();
  return {
    ...withChecks(ops),
    ...flatOf(tf),
    name,
    description,
    software: software ?? false,
    inMemory: backend === 'wasm' || backend === 'cpu',
    tf,
    async activate() {
      await tf.setBackend(backend);
      activated?.();
    },
    noGrad: (f) => noGrad(tf, f),
    checkErrors: checkErrors ?? (async () => {}),
    dispose: dispose ?? (() => {}),
  };
}

interface Started {
  ops: Ops;
  backend: string;
  activated?: () => void;
  software?: boolean;
  description: string;
  checkErrors?: () => Promise<void>;
  dispose?: () => void;
}

async function start(tf: TF, name: EngineName, mayUseNative: boolean): Promise<Started> {
  switch (name) {
    case 'wasm': {
      await useWasm(tf);
      const host = await wasmHost(tf);
      registerWasmKernels(tf, host);
      const native = mayUseNative && host.native;
      const simd = `SIMD${host.fused ? ' with fused multiply-add' : ''}`;
      const description = `tfjs-wasm with fused kernels, ${simd}${native ? ', large products in native code' : ''}`;
      return {
        ops: { ...fusedOps(tf, WASM_KEPT), adamStep: wasmAdam(tf, host) },
        backend: 'wasm',
        description,
        activated() {
          shareClones(tf, true);
          host.kernels.setNative(native ? 1 : 0);
        },
      };
    }
    case 'wasm-plain':
      await useWasm(tf);
      return {
        ops: plainOps(tf),
        backend: 'wasm',
        description: 'tfjs-wasm, plain operations',
        activated: () => shareClones(tf, false),
      };
    case 'cpu':
      await import('@tensorflow/tfjs-backend-cpu');
      await tf.setBackend('cpu');
      return { ops: plainOps(tf), backend: 'cpu', description: 'plain JavaScript' };
    case 'webgpu': {
      const started = await startWebGpu(tf);
      return { ...started, backend: 'webgpu' };
    }
    case 'tfjs-node':
      return { ...(await startTfjsNode(tf)), backend: 'tensorflow' };
  }
}

let loading: Promise<TF> | undefined;

/** tfjs-core with gradients, once per process or worker. */
function loadTfjs(): Promise<TF> {
  loading ??= (async () => {
    const tf = await import('@tensorflow/tfjs-core');
    await registerGradients();
    return tf;
  })();
  return loading;
}

async function useWasm(tf: TF): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs-backend-wasm does not start here.');
}
