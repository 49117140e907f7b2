import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';

const GRADIENTS = '@tensorflow/tfjs-core/dist/register_all_gradients.js';

/**
 * Registers tfjs's gradients once, if nobody has. The package ships them only as module source that Node
 * itself does not load from there, so which way works depends on the loader that runs this program.
 */
export async function ensureGradients(): Promise<void> {
  if (tf.getGradient('BatchMatMul')) return;
  try {
    await import(GRADIENTS);
  } catch {
    createRequire(import.meta.url)(GRADIENTS);
  }
  if (!tf.getGradient('BatchMatMul')) throw new Error(`${GRADIENTS} registered no gradients`);
}

/**
 * Makes a tfjs backend current, `cpu` if none is. Backends other than `cpu` must have been imported.
 * @throws Error naming the backend if it is not registered or does not start.
 */
export async function useBackend(name?: string): Promise<string> {
  await ensureGradients();
  if (!tf.findBackendFactory('cpu')) await import('@tensorflow/tfjs-backend-cpu');
  const wanted = name ?? (tf.getBackend() || 'cpu');
  if (!tf.findBackendFactory(wanted))
    throw new Error(`backend: got "${wanted}", which is not registered`);
  if (!(await tf.setBackend(wanted))) throw new Error(`backend: "${wanted}" does not start here`);
  await tf.ready();
  return wanted;
}
