import { parentPort } from 'node:worker_threads';
import type { CommandTable, FromThread, ThreadEngine, ToThread } from './threadGroup.ts';

/**
 * The side of a `ThreadGroup` that runs in the thread: says that it has started, and answers commands.
 * @param run runs one; `tell` sends an event meanwhile
 */
export function answerCommands<C extends CommandTable, Event = never>(
  engine: ThreadEngine,
  run: (message: ToThread<C>, tell: (event: Event) => void) => unknown,
): void {
  const port = parentPort;
  if (!port) throw new Error('this module runs as a worker thread only');
  const post = (message: FromThread<Event>) => port.postMessage(message);
  port.on('message', async (message: ToThread<C>) => {
    const { id } = message;
    try {
      post({ id, reply: await run(message, (event) => post({ id, event })) });
    } catch (error) {
      const { message: text, name, stack } = error as Error;
      post({ id, error: text, name, stack });
    }
  });
  post({ id: 0, reply: { engine: engine.engine, description: engine.description } });
}
