import { parentPort, workerData } from 'node:worker_threads';
import { type EnvBenchOptions, prepareEnvBench } from './benchEnv.ts';

/** One of the threads of `bench env --workers`: a round of steps and resets whenever asked. */
const bench = prepareEnvBench(workerData as EnvBenchOptions);
parentPort!.on('message', () => parentPort!.postMessage(bench.round()));
parentPort!.postMessage('ready');
