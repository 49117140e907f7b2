import { processChannel } from '../processes/channel.ts';
import type { TrainerChannel } from './inbox.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

/**
 * Runs one trainer as this whole process. An interrupt typed at the terminal reaches the trainer
 * too, but the server decides when it stops.
 */
export async function beTrainer(run: (channel: TrainerChannel) => Promise<boolean>): Promise<void> {
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const channel = processChannel<ToTrainer, FromTrainer>();
  process.exitCode = (await run(channel)) ? 0 : 1;
  await channel.sent();
  // That the manager was lost is not so when this end lets go.
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect?.();
  // Engines may hold threads and devices open.
  setTimeout(() => process.exit(), 200).unref();
}
