import { existsSync } from 'node:fs';
import { buildFolder } from './buildFolder.ts';
import { fusedOps } from './fusedOps.ts';
import { gpuAdam } from './gpu/adam.ts';
import { GPU_KEPT, registerGpuKernels } from './gpu/kernels.ts';
import type { GpuBackend } from './gpu/program.ts';
import { plainOps } from './plainOps.ts';
import { provideSwiftShader } from './swiftshader.ts';
import type { Ops, TF } from './types.ts';

/** The parts of the WebGPU API that are used here; Dawn's own types come with its package. */
interface Device {
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { error: { message: string } }) => void,
  ): void;
  queue: { onSubmittedWorkDone(): Promise<void> };
  lost: Promise<{ reason: string; message: string }>;
  destroy(): void;
}
interface Adapter {
  features: Set<string>;
  limits: Record<string, number>;
  info?: { vendor: string; architecture: string; device: string; description: string };
  isFallbackAdapter?: boolean;
  requestDevice(descriptor: object): Promise<Device>;
}
interface Gpu {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

export interface WebGpu {
  ops: Ops;
  description: string;
  /** Whether a CPU stands in for the GPU. */
  software: boolean;
  checkErrors(): Promise<void>;
  dispose(): void;
}

const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/**
 * Starts tfjs's WebGPU backend on Dawn and makes it the active one. Without a GPU it runs on SwiftShader, if installed.
 * Throws with the reason where neither works.
 */
export async function startWebGpu(tf: TF): Promise<WebGpu> {
  const dawn = await importDawn();
  // Node has its own navigator from version 21 on, which cannot be replaced by assignment.
  Object.assign(globalThis, dawn.globals);
  const { gpu, adapter } = await findAdapter(dawn);
  const holder = (globalThis.navigator ?? {}) as object;
  Object.defineProperty(holder, 'gpu', { value: gpu, configurable: true });
  if (!globalThis.navigator)
    Object.defineProperty(globalThis, 'navigator', { value: holder, configurable: true });

  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  const errors: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  void device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') errors.push(`The GPU device was lost: ${message}`);
  });

  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  if ('webgpu' in tf.engine().registryFactory) tf.removeBackend('webgpu');
  // Cast: our types name only what is used here of a device; the backend wants the browser's.
  tf.registerBackend('webgpu', () => new WebGPUBackend(device as never, adapter.info as never));
  if (!(await tf.setBackend('webgpu')))
    throw new Error('tfjs-backend-webgpu does not start on this adapter.');

  const backend = tf.backend() as GpuBackend & {
    commandEncoder: unknown;
    endComputePassEncoder(): void;
    submitQueue(): void;
  };
  const checkErrors = async (): Promise<void> => {
    // tfjs collects commands; their errors only show when it submits them.
    if (backend.commandEncoder) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
    await device.queue.onSubmittedWorkDone();
    if (errors.length === 0) return;
    const [first] = errors.splice(0);
    throw new Error(`WebGPU: ${first}`);
  };
  registerGpuKernels(tf, backend);
  const plain = plainOps(tf);
  const fused = fusedOps(tf, GPU_KEPT);
  const adamStep = gpuAdam(tf, backend);
  const {
    vendor,
    architecture,
    device: model,
    description,
  } = adapter.info ?? {
    vendor: '',
    architecture: '',
    device: '',
    description: '',
  };
  const label = description || model || `${vendor} ${architecture}`.trim() || 'an unnamed adapter';
  return {
    ops: {
      ...fused,
      // These are small, or no policy uses them.
      categorical: plain.categorical,
      sigmoid: plain.sigmoid,
      silu: plain.silu,
      // A wrong kernel writes nothing and only reports: such a step must not reach the weights.
      async adamStep(...args) {
        await checkErrors();
        const norm = await adamStep(...args);
        await checkErrors();
        return norm;
      },
    },
    description: `WebGPU (Dawn) on ${label}`,
    software: adapter.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe/i.test(label),
    checkErrors,
    dispose() {
      // Node does not exit while the device is referenced.
      tf.removeBackend('webgpu');
      device.destroy();
      Object.defineProperty(holder, 'gpu', { value: undefined, configurable: true });
    },
  };
}

/** Whether there may be a GPU: on Linux it shows as a device file. */
export function mayHaveGpu(): boolean {
  if (process.platform !== 'linux') return true;
  return ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
}

interface Dawn {
  create(options: string[]): Gpu;
  globals: object;
}

async function importDawn(): Promise<Dawn> {
  try {
    // Cast: the package's types are the browser's, without its own function `create`.
    return (await import('webgpu')) as unknown as Dawn;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (isAbsent) throw new Error('The package webgpu is not installed (npm install webgpu).');
    throw new Error(
      `The package webgpu has no binary for ${process.platform}-${process.arch}, or it does not load: ${String(error)}`,
    );
  }
}

async function findAdapter(dawn: Dawn): Promise<{ gpu: Gpu; adapter: Adapter }> {
  const request = async () => {
    const gpu = dawn.create([]);
    return { gpu, adapter: await gpu.requestAdapter({ powerPreference: 'high-performance' }) };
  };
  // Dawn prints a warning without it.
  process.env.XDG_RUNTIME_DIR ??= await buildFolder();
  // Asking Dawn first would print a warning where there is not even a Vulkan loader.
  if (!mayHaveGpu() && !process.env.VK_ICD_FILENAMES) await provideSwiftShader(await buildFolder());
  let { gpu, adapter } = await request();
  if (!adapter && !process.env.VK_ICD_FILENAMES) {
    if (await provideSwiftShader(await buildFolder())) ({ gpu, adapter } = await request());
  }
  if (!adapter) {
    throw new Error(
      'No WebGPU adapter: this machine has no GPU that Dawn can use, nor a software Vulkan driver (npm install with development dependencies brings one on Linux x64).',
    );
  }
  return { gpu, adapter };
}
