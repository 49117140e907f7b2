import { processChannel } from '../../processes/channel.ts';
import { trainLive } from './trainLoop.ts';
import type { FromLabTrainer, ToLabTrainer } from './trainProtocol.ts';

/** The process that trains while people look on. It ends when its training ends, or its server does. */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
const channel = processChannel<ToLabTrainer, FromLabTrainer>();
let isStopping = false;
channel.onDisconnect(() => process.exit(0));
channel.onMessage((message) => {
  if (message.type === 'stop') {
    isStopping = true;
    return;
  }
  trainLive(message, {
    tell: (progress) => channel.send({ type: 'progress', progress }),
    shouldStop: () => isStopping,
  }).then(
    async (words) => {
      channel.send({ type: 'ended', message: words });
      await channel.sent();
      process.exit(0);
    },
    (error: Error) => {
      process.stderr.write(`${error.stack ?? error}\n`);
      process.exit(1);
    },
  );
});
