import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { processChannel } from './channel.ts';

/** Says what priority this process and a thread of it have. */
const channel = processChannel<never, { own: number; threads: number }>();
channel.onMessage(() => {
  const thread = new Worker(
    "require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority())",
    { eval: true },
  );
  thread.on('message', (threads: number) => channel.send({ own: os.getPriority(), threads }));
});
