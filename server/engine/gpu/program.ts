import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernelRegistry.ts';

/** The parts of tfjs's WebGPU backend that custom kernels need. */
export interface GpuBackend extends KernelBackend {
  runWebGPUProgram(
    program: object,
    inputs: TensorInfo[],
    dtype: 'float32' | 'int32',
    uniforms: { type: 'int32' | 'float32'; data: number[] }[],
    output?: TensorInfo,
  ): TensorInfo;
  makeTensorInfo(
    shape: number[],
    dtype: 'float32' | 'int32',
    values?: ArrayLike<number>,
  ): TensorInfo;
  tensorMap: { get(id: object): { values: ArrayLike<number> | null } };
}

/** Threads of a workgroup in every kernel here. */
export const WORKGROUP = 64;

export interface Run {
  /** Name and everything that the code varies with: what is compiled once. */
  key: string;
  /** WGSL with `fn main(index: i32)`, called for each thread; inputs by name, output `result`, numbers `uniforms.…`. */
  code: string;
  inputs: Partial<Record<string, TensorInfo>>;
  /** Whole numbers by name. */
  ints?: Record<string, number>;
  floats?: Record<string, number>;
  /** Threads wanted; the kernel leaves out those beyond. */
  threads: number;
  /** Inputs read, and the output written, as vectors of four. */
  vectors?: readonly string[];
  /** Shape of a new float32 output. */
  shape?: number[];
  /** Or a tensor to write into, which keeps what the kernel leaves out. */
  into?: TensorInfo;
}

/** The same data in another shape. */
export const shaped = (tensor: TensorInfo, shape: number[]): TensorInfo => ({ ...tensor, shape });

/** As one axis: the shapes of tensors then neither enter the shader nor its key. */
const flat = (tensor: TensorInfo): TensorInfo => shaped(tensor, [sizeOf(tensor)]);

/** Runs one compute shader on tfjs's queue, in order with tfjs's own kernels. */
export function runShader(backend: GpuBackend, run: Run): TensorInfo {
  const { key, code, ints = {}, floats = {}, threads, vectors = [], into } = run;
  const shape = into?.shape ?? (run.shape as number[]);
  const components = (name: string): number => (vectors.includes(name) ? 4 : 1);
  const inputs = Object.entries(run.inputs).flatMap(([name, tensor]) =>
    tensor ? [{ name, tensor }] : [],
  );
  const names = inputs.map(({ name }) => name);
  const program = {
    variableNames: names,
    variableComponents: names.map(components),
    outputComponent: components('result'),
    outputShape: [sizeOf({ shape })],
    dispatchLayout: { x: [0] },
    dispatch: [Math.max(1, Math.ceil(threads / WORKGROUP)), 1, 1],
    workgroupSize: [WORKGROUP, 1, 1],
    uniforms: [
      ...Object.keys(ints).map((name) => `${name} : i32, `),
      ...Object.keys(floats).map((name) => `${name} : f32, `),
    ].join(''),
    shaderKey: `own ${key} ${vectors}`,
    getUserCode: () => code,
  };
  const out = backend.runWebGPUProgram(
    program,
    inputs.map(({ tensor }) => flat(tensor)),
    'float32',
    [
      ...Object.values(ints).map((value) => ({ type: 'int32' as const, data: [value] })),
      ...Object.values(floats).map((value) => ({ type: 'float32' as const, data: [value] })),
    ],
    into && flat(into),
  );
  // Values read back before are stale now.
  if (into) backend.tensorMap.get(into.dataId).values = null;
  return shaped(out, shape);
}
