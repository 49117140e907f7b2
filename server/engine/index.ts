import { ENGINE_NAMES, type EngineName } from '../../shared/config.ts';
import { withChecks } from './checks.ts';
import { registerGradients } from './compile.ts';
import type { Engine } from './engine.ts';
import { flatOf } from './flat.ts';
import { fusedOps } from './fusedOps.ts';
import { noGrad } from './noGrad.ts';
import { plainOps } from './plainOps.ts';
import { startTfjsNode } from './tfjsNode.ts';
import type { Ops, TF } from './types.ts';
import { wasmAdam } from './wasmAdam.ts';
import { wasmHost } from './wasmHost.ts';
import { registerWasmKernels, shareClones, WASM_KEPT } from './wasmKernels.ts';
import { startWebGpu } from './webgpu.ts';

export type { Engine } from './engine.ts';
export { sizeOf } from './flat.ts';
export { noGrad } from './noGrad.ts';
export * from './types.ts';
export type { CreateWorkload, Workload, WorkloadSource } from './workload.ts';

export interface EngineOptions {
  engine: EngineName;
  /** Whether the engine wasm may run its large matrix products in native code, with the same results; true unless given. */
  native?: boolean;
}

/** The engine of this name, made the active one. Throws an Error with the reason and what to do if it cannot run here. */
export async function createEngine({
  engine: name,
  native = true,
}: EngineOptions): Promise<Engine> {
  if (!ENGINE_NAMES.includes(name)) {
    throw new RangeError(
      `engine must be one of ${ENGINE_NAMES.join(', ')}; got ${JSON.stringify(name)}.`,
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
