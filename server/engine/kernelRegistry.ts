import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TF } from './types.ts';

export type Inputs = Record<string, TensorInfo>;
export type Attrs = Record<string, unknown>;
/** A kernel: named inputs and attributes to one tensor or several. */
export type KernelFunc = (inputs: Inputs, attrs: Attrs) => TensorInfo | TensorInfo[];

/** Numbers in a tensor. */
export const sizeOf = ({ shape }: Pick<TensorInfo, 'shape'>): number =>
  shape.reduce((a, b) => a * b, 1);

/** Length of the last axis. */
export const last = ({ shape }: TensorInfo): number => shape[shape.length - 1];

/** Registers kernels by name for one of tfjs's backends, in place of those of an engine before. */
export function registerKernels(
  tf: TF,
  backendName: string,
  kernels: Readonly<Record<string, KernelFunc>>,
): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => kernel(inputs as Inputs, (attrs ?? {}) as Attrs),
    });
  }
}
