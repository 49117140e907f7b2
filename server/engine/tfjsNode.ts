import { createRequire } from 'node:module';
import { plainOps } from './plainOps.ts';
import type { Ops, TF } from './types.ts';

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Which of tfjs-node's packages is installed, if any. */
export function tfjsNodePackage(): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  return PACKAGES.find((name) => {
    try {
      resolve(name);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * tfjs on TensorFlow's C library, made the active backend. Once per process: a second worker thread that loads it
 * fails. Throws with the reason where it is not installed or does not load.
 */
export async function startTfjsNode(tf: TF): Promise<{ ops: Ops; description: string }> {
  const name = tfjsNodePackage();
  if (!name) throw new Error('The package @tensorflow/tfjs-node is not installed.');
  restoreUtil();
  try {
    await import(name);
  } catch (error) {
    throw new Error(
      `${name} is installed but does not load on Node ${process.versions.node}: ${String(error)}`,
    );
  }
  if (!(await tf.setBackend('tensorflow')))
    throw new Error(`${name} loads, but its backend does not start.`);
  return { ops: plainOps(tf, true), description: `TensorFlow's C library (${name})` };
}

/** Node 23 removed functions of its util module that tfjs-node 4.22 still calls. */
export function restoreUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  util.isString ??= (value: unknown) => typeof value === 'string';
}
