import * as wasm from '@tensorflow/tfjs-backend-wasm';
import { useBackend } from './backend.ts';

/** Starts the wasm backend for a test: the fastest that is always there. */
export async function useWasm(): Promise<void> {
  wasm.setThreadsCount(1);
  await useBackend('wasm');
}
