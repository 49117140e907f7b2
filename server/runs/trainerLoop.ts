import { METRICS, type MetricId, type MetricPoint } from '../../shared/metrics.ts';
import type { CreateTrainSession, TrainSession } from '../learning/types.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import type {
  ChangeMessage,
  FromTrainer,
  StartMessage,
  ToTrainer,
  TrainerPhase,
} from './trainerProtocol.ts';

/** One trainer's side of the channel to the run manager. */
export interface TrainerChannel {
  send(message: FromTrainer): void;
  onMessage(listener: (message: ToTrainer) => void): void;
  /** The manager is gone: save and stop. */
  onDisconnect(listener: () => void): void;
}

/**
 * The life of one trainer: waits for `start`, then updates until told to pause or stop. Resolves
 * when it has stopped, true where it ended well; every failure is told over the channel first.
 */
export async function runTrainer(
  channel: TrainerChannel,
  createSession: CreateTrainSession,
): Promise<boolean> {
  const inbox = new Inbox(channel);
  const start = await inbox.start;
  if (!start) return true;
  let phase: TrainerPhase = 'loading';
  const heartbeat = setInterval(
    () => channel.send({ type: 'heartbeat', phase, memoryBytes: process.memoryUsage.rss() }),
    start.heartbeatSeconds * 1000,
  );
  let session: TrainSession | undefined;
  try {
    session = await createSession(start.options, start.resume && { file: start.resume.file });
    channel.send({ type: 'ready', engine: session.engine, parameters: session.parameters });
    await loop(channel, inbox, session, start, (next) => {
      phase = next;
    });
    channel.send({ type: 'stopped' });
    return true;
  } catch (error) {
    channel.send(failureOf(error));
    return false;
  } finally {
    clearInterval(heartbeat);
    await session?.dispose().catch(() => undefined);
  }
}

async function loop(
  channel: TrainerChannel,
  inbox: Inbox,
  session: TrainSession,
  start: StartMessage,
  enter: (phase: TrainerPhase) => void,
): Promise<void> {
  const folder = new CheckpointFolder(start.checkpointFolder);
  let counters = start.resume ?? { updates: 0, envSteps: 0 };
  let savedUpdates = start.resume?.updates ?? -1;
  let lastSave = performance.now();

  const save = async () => {
    if (savedUpdates === counters.updates) return;
    enter('saving');
    try {
      const facts = {
        runId: start.options.runId,
        updates: counters.updates,
        envSteps: counters.envSteps,
      };
      const checkpoint = await folder.write(facts, (file) => session.save(file));
      savedUpdates = counters.updates;
      channel.send({ type: 'saved', checkpoint });
    } catch (error) {
      channel.send({ type: 'saveFailed', message: (error as Error).message });
    }
    lastSave = performance.now();
  };

  // The first checkpoint makes a run that is stopped at once resumable.
  await save();
  while (!inbox.stopping) {
    if (inbox.paused) {
      await save();
      enter('paused');
      channel.send({ type: 'paused' });
      await inbox.awake();
      if (!inbox.stopping) channel.send({ type: 'resumed' });
      continue;
    }
    for (const change of inbox.takeChanges()) {
      if (change.settings) session.applySettings(change.settings);
      if (change.rewards) session.applyRewards(change.rewards);
      channel.send({ type: 'applied', changeId: change.changeId });
    }
    enter('updating');
    const { point, episodes } = await session.update();
    throwIfDiverged(point);
    counters = point;
    channel.send({ type: 'update', point, episodes });
    if (performance.now() - lastSave >= start.saveEverySeconds * 1000) await save();
    // Messages are only read when the event loop turns, which an update need not let it do.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await save();
  enter('stopping');
}

/** What the manager asked for and the loop has not yet done. */
class Inbox {
  readonly start: Promise<StartMessage | undefined>;
  stopping = false;
  paused = false;
  private changes: ChangeMessage[] = [];
  private wake: (() => void) | undefined;

  constructor(channel: TrainerChannel) {
    this.start = new Promise((resolve) => {
      channel.onMessage((message) => {
        if (message.type === 'start') resolve(message);
        else this.take(message);
        if (this.stopping) resolve(undefined);
      });
      channel.onDisconnect(() => {
        this.take({ type: 'stop' });
        resolve(undefined);
      });
    });
  }

  takeChanges(): ChangeMessage[] {
    return this.changes.splice(0);
  }

  /** Resolves when it is no longer paused, or is to stop. */
  awake(): Promise<void> {
    if (!this.paused || this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private take(message: Exclude<ToTrainer, StartMessage>): void {
    if (message.type === 'change') this.changes.push(message);
    else if (message.type === 'pause') this.paused = true;
    else {
      if (message.type === 'stop') this.stopping = true;
      this.paused = false;
      this.wake?.();
      this.wake = undefined;
    }
  }
}

/** Training that has become infinite or NaN: going on would only spoil more. */
class DivergedError extends Error {}

function throwIfDiverged(point: MetricPoint): void {
  for (const [id, value] of Object.entries(point.values)) {
    if (Number.isFinite(value)) continue;
    const { label } = METRICS[id as MetricId] ?? { label: id };
    throw new DivergedError(
      `Training diverged: “${label}” became ${value} at step ${point.envSteps}. Lower the learning rate or the reward weights, then resume: it goes on from the last good checkpoint.`,
    );
  }
}

function failureOf(error: unknown): FromTrainer {
  if (error instanceof DivergedError)
    return { type: 'failed', kind: 'diverged', message: error.message };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    type: 'failed',
    kind: 'error',
    message: `The trainer failed: ${message}`,
    detail: stack,
  };
}
