import { Worker, type WorkerOptions } from 'node:worker_threads';
import { threadEntry } from '../../processes/loader.ts';

/** A worker thread that runs a module of this program. */
export function typescriptWorker(module: URL, options: WorkerOptions): Worker {
  return new Worker(threadEntry(module), { ...options, execArgv: [] });
}
