import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../engine/index.ts';
import { Collective } from '../learning/workers/collective.ts';
import { contestant } from './kernelRates.ts';
import type { KernelWorkerStart, KernelWorkerTask } from './kernelWorkers.ts';

const start = workerData as KernelWorkerStart;
const port = parentPort;
if (!port) throw new Error('kernelWorker.ts runs as a worker thread only');
const engine = await createEngine({ engine: start.engine, native: start.native });
const { network, batch } = contestant(engine, start, false);
const collective = new Collective(start.memory, start.rank);
const average = (gradients: Float32Array) => collective.mean(gradients);
port.on('message', async ({ kind, passes }: KernelWorkerTask) => {
  for (let i = 0; i < passes; i++)
    await (kind === 'forward' ? network.infer(batch) : network.train(batch, average));
  port.postMessage(null);
});
port.postMessage(null);
