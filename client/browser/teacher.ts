import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { MetricPoint } from '../../shared/metrics.ts';
import type {
  Ack,
  ClientToServerEvents,
  CommandName,
  CommandPayload,
  CommandResult,
  ServerToClientEvents,
} from '../../shared/protocol.ts';

const ACK_MS = 60_000;
const POLL_MS = 400;
/** Episodes that the first run has to show before it may rest. */
const EPISODES = 4;

/**
 * Lets a server learn only while a test asks for it: on two cores a trainer and a browser that draws in
 * software starve each other.
 */
export interface Teacher {
  /** Back to how the tests began: only the first run, and that one paused. */
  rest(): Promise<void>;
  close(): void;
}

/** Resolves once the server's first run has episodes and measurements to show, and rests. */
export async function teach(url: string, patience: number): Promise<Teacher> {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, {
    transports: ['websocket'],
    forceNew: true,
  });
  async function ask<C extends CommandName>(
    name: C,
    payload: CommandPayload<C>,
  ): Promise<CommandResult[C]> {
    // Cast: the compiler does not follow that payload and result belong to the same name.
    const ack = (await socket
      .timeout(ACK_MS)
      .emitWithAck(name as 'run:list', payload as never)) as Ack<CommandResult[C]>;
    if (!ack.ok) throw new Error(`${name} was refused: ${ack.error.message}`);
    return ack.data;
  }
  async function until(what: string, done: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patience;
    while (!(await done())) {
      if (performance.now() > end) throw new Error(`${what} took more than ${patience / 1000} s`);
      await sleep(POLL_MS);
    }
  }

  let runId = '';
  async function awaitEpisodes(): Promise<void> {
    // A pause holds an update where it is, so the first measurement is waited for: the test before learning has no success.
    const isMeasured = ({ values }: MetricPoint) => values.success !== undefined;
    const shown = { episodes: 0, points: 0 };
    socket.on('episode:new', () => void (shown.episodes += 1));
    socket.on('metrics:point', ({ point }) => void (shown.points += Number(isMeasured(point))));
    await until('the first run', async () => {
      runId = (await ask('run:list', {})).defaultRunId ?? '';
      return runId !== '';
    });
    const { episodes, metrics } = await ask('run:watch', { runId });
    shown.episodes += episodes.length;
    shown.points += metrics.filter(isMeasured).length;
    await until('the first episodes', async () => shown.episodes >= EPISODES && shown.points > 0);
    await ask('run:unwatch', { runId });
  }

  async function rest(): Promise<void> {
    // A run that is being deleted is listed until it is gone, and may go at any moment.
    const others = async () =>
      (await ask('run:list', {})).runs.map(({ id }) => id).filter((id) => id !== runId);
    const asked = new Set<string>();
    await until('deleting runs', async () => {
      const left = await others();
      for (const id of left) {
        if (asked.has(id)) continue;
        asked.add(id);
        for (const name of ['run:stop', 'run:delete'] as const) {
          await ask(name, { runId: id }).catch(async (error) => {
            if ((await others()).includes(id)) throw error;
          });
        }
      }
      return left.length === 0;
    });
    const status = async () =>
      (await ask('run:list', {})).runs.find(({ id }) => id === runId)?.status;
    if ((await status()) === 'paused') return;
    await ask('run:pause', { runId });
    await until('pausing', async () => (await status()) === 'paused');
  }
  try {
    await awaitEpisodes();
    await rest();
  } catch (error) {
    // An open socket would keep the process of the tests alive.
    socket.close();
    throw error;
  }
  return { rest, close: () => socket.close() };
}
