import type { EngineName } from '../../shared/config.ts';
import type { Flat } from './flat.ts';
import type { Ops, TF } from './types.ts';

/** An engine: tfjs on one of its backends, and the operations of `Ops` on it. */
export interface Engine extends Ops, Flat {
  name: EngineName;
  /** A description: backend, instruction set, device. */
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
