import { RequestError } from '../../../shared/requestError.ts';
import { createEngine } from '../../engine/index.ts';
import type { FromAsked } from '../../processes/asked.ts';
import { processChannel } from '../../processes/channel.ts';
import { type ThinkAnswer, Thinker, type ThinkTask } from './thinker.ts';

/** The process that thinks about puzzles. Its server sends one task at a time and decides when it ends. */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
const channel = processChannel<ThinkTask, FromAsked<ThinkAnswer>>();
const thinker = createEngine({ engine: 'wasm' }).then((engine) => new Thinker(engine));
channel.onDisconnect(() => process.exit(0));
channel.onMessage(async (task) => {
  try {
    channel.send({ type: 'done', answer: await (await thinker).answer(task) });
  } catch (error) {
    if (error instanceof RequestError)
      return channel.send({ type: 'refused', error: error.toWire() });
    process.stderr.write(`${(error as Error).stack ?? error}\n`);
    process.exit(1);
  }
});
