import { processChannel } from '../processes/channel.ts';
import { doWorldTask, type FromWorlds, type ToWorlds } from './worldTasks.ts';

/** The process that draws, proves and verifies. Its server sends one task at a time and decides when it ends. */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
const channel = processChannel<ToWorlds, FromWorlds>();
channel.onDisconnect(() => process.exit(0));
channel.onMessage(({ task }) => {
  doWorldTask(task).then(channel.send, (error: Error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exit(1);
  });
});
