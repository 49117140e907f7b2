import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointError } from '../policy/checkpoint/index.ts';
import { processChannel } from '../processes/channel.ts';
import { LeaseLostError } from '../storage/leases.ts';
import type { Tested } from '../sweeps/member.ts';
import { trainAndTest } from '../sweeps/trainMember.ts';
import { keptStates, policyName, stateName, tidyStates, writeHeld } from './states.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

const ALIVE_MS = 1000;
const RETRY_MS = 2000;

/** It was told to stop while the storage took nothing: what is there counts. */
class UnsavedError extends Error {}

type Start = Extract<ToTrainer, { type: 'start' }>;

/** The life of a process that trains for a worker. It speaks with the worker alone, never with Redis. */
export async function beTrainer(): Promise<void> {
  // An interrupt typed at the terminal reaches it too, but the worker decides when it stops.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  const channel = processChannel<ToTrainer, FromTrainer>();
  // Without its worker nobody renews the lease, and somebody else goes on.
  channel.onDisconnect(() => channel.leave());
  let isStopped = false;
  let envSteps = 0;
  const alive = setInterval(() => channel.send({ type: 'alive', envSteps }), ALIVE_MS);
  const start = await new Promise<Start>((resolve) =>
    channel.onMessage((message) => {
      if (message.type === 'start') resolve(message);
      else isStopped = true;
    }),
  );
  const hooks = {
    isStopped: () => isStopped,
    onUpdate: (counters: { envSteps: number }) => {
      envSteps = counters.envSteps;
    },
    onTrouble: (message: string) => channel.send({ type: 'trouble', message }),
  };
  try {
    const tested = await train(start, hooks);
    channel.send(tested ? { type: 'done', tested } : { type: 'stopped' });
  } catch (error) {
    if (error instanceof LeaseLostError) channel.send({ type: 'superseded' });
    else if (error instanceof UnsavedError) channel.send({ type: 'stopped' });
    else channel.send({ type: 'failed', message: (error as Error).message });
  }
  clearInterval(alive);
  await channel.sent();
  channel.leave();
}

interface Hooks {
  isStopped(): boolean;
  onUpdate(counters: { envSteps: number }): void;
  onTrouble(message: string): void;
}

/** Goes on from the newest state that can be read; one that was damaged costs only time. */
async function train(
  { training, name, folder, lease, saveEverySeconds }: Start,
  hooks: Hooks,
): Promise<Tested | undefined> {
  const held = { folder, lease, training: name };
  const write = <T>(file: string, by: (aside: string) => Promise<T>) =>
    untilWritten(() => writeHeld(held, file, by), hooks);
  const from = async (states: readonly number[]): Promise<Tested | undefined> => {
    const [newest, ...older] = states;
    const resume = newest === undefined ? undefined : path.join(folder, stateName(newest));
    try {
      return await trainAndTest(training, {
        ...(resume === undefined ? {} : { resume }),
        ...hooks,
        saveEvery: saveEverySeconds,
        save: async (session) => {
          const saved = await write(stateName(lease), (file) => session.save(file));
          tidyStates(folder, lease);
          return saved;
        },
        export: (session) => write(policyName(lease), (file) => session.export(file)),
      });
    } catch (error) {
      if (resume === undefined || !(error instanceof CheckpointError)) throw error;
      return from(older);
    }
  };
  return from(keptStates(folder));
}

/** Tries again while the storage is full or away: nothing that was learnt is given up for that. */
async function untilWritten<T>(write: () => Promise<T>, hooks: Hooks): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // What the system did not report is no fault of the storage.
      if (code === undefined) throw error;
      if (hooks.isStopped()) throw new UnsavedError();
      hooks.onTrouble(message);
      await sleep(RETRY_MS);
    }
  }
}
