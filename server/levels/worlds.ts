import { fileURLToPath } from 'node:url';
import type { MissionCheck } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import { FairQueue, type QueueLimits, type Sender } from '../processes/fairQueue.ts';
import type { LaunchProcess, ProcessHandle } from '../processes/launcher.ts';
import type { FromWorlds, ToWorlds, WorldAnswer, WorldAnswers, WorldTask } from './worldTasks.ts';

export type LaunchWorlds = LaunchProcess<ToWorlds, FromWorlds>;

/** The file that `processLauncher` starts as the process of worlds. */
export const WORLD_PROCESS = fileURLToPath(new URL('./worldProcess.ts', import.meta.url));

export interface WorldLimits extends QueueLimits {
  /** Seconds for one task, and as many more for the first of a process, which has to start. */
  seconds: number;
  startSeconds: number;
  /** Answers kept, failures too. */
  kept: number;
}
export const WORLD_LIMITS: WorldLimits = {
  waiting: 400,
  waitingEach: 150,
  seconds: 8,
  startSeconds: 30,
  kept: 400,
};

interface Job {
  task: WorldTask;
  sender: Sender;
  resolve(answer: WorldAnswer): void;
  reject(error: Error): void;
}

/** The server itself, which proves the missions of its runs. */
export const OWN_SENDER: Sender = { id: '', address: '' };

/**
 * Draws, proves and verifies in a process of its own, one task at a time in fair turns. What depends on the
 * task alone is kept, failures too, so that asking again costs nothing.
 */
export class Worlds {
  private readonly launch: LaunchWorlds;
  private readonly limits: WorldLimits;
  private readonly log: (message: string) => void;
  private readonly queue: FairQueue<Job>;
  private readonly kept = new Map<string, Promise<WorldAnswer>>();
  private current: Job | undefined;
  private process: ProcessHandle<ToWorlds, FromWorlds> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private isClosed = false;

  constructor(launch: LaunchWorlds, log: (message: string) => void, limits?: Partial<WorldLimits>) {
    this.launch = launch;
    this.log = log;
    this.limits = { ...WORLD_LIMITS, ...limits };
    this.queue = new FairQueue(this.limits);
  }

  /** An SVG document. Rejects with a RequestError for what names no level, or one that cannot be placed. */
  draw(levelId: string, sender: Sender): Promise<string> {
    return this.ask({ kind: 'draw', levelId }, sender);
  }

  /** True where the picture costs nothing any more. */
  isDrawn(levelId: string): boolean {
    return this.kept.has(keyOf({ kind: 'draw', levelId }) ?? '');
  }

  /** See `checkMadeLevel`. */
  prove(
    task: { text: string; field: string; allowImpossible?: boolean; sent?: string },
    sender: Sender,
  ): Promise<MissionCheck> {
    const { text, field, allowImpossible = false, sent = text } = task;
    return this.ask({ kind: 'prove', text, field, allowImpossible, sent }, sender);
  }

  verify(replay: Replay, sender: Sender): Promise<WorldAnswers['verify']> {
    return this.ask({ kind: 'verify', replay }, sender);
  }

  /** Ends the process; what waits is refused. */
  close(): void {
    this.isClosed = true;
    const error = new RequestError('conflict', 'The server is shutting down.');
    for (const job of this.queue.clear()) job.reject(error);
    this.end(error);
  }

  private ask<T extends WorldTask>(task: T, sender: Sender): Promise<WorldAnswers[T['kind']]> {
    const key = keyOf(task);
    const known = key === undefined ? undefined : this.kept.get(key);
    const answer = known ?? this.start(task, sender);
    if (key !== undefined) this.keep(key, answer);
    // The answer to a task is of the task's kind.
    return answer as Promise<WorldAnswers[T['kind']]>;
  }

  private keep(key: string, answer: Promise<WorldAnswer>): void {
    this.kept.delete(key);
    this.kept.set(key, answer);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.limits.kept) break;
      this.kept.delete(oldest);
    }
    // What failed for another reason than the task itself may be asked again.
    answer.catch((error: unknown) => {
      const isTasks =
        error instanceof RequestError && ['bad-request', 'not-found'].includes(error.code);
      if (!isTasks && this.kept.get(key) === answer) this.kept.delete(key);
    });
  }

  private start(task: WorldTask, sender: Sender): Promise<WorldAnswer> {
    if (this.isClosed)
      return Promise.reject(new RequestError('conflict', 'The server is shutting down.'));
    return new Promise((resolve, reject) => {
      const gone = this.queue.add({ task, sender, resolve, reject }, this.current);
      gone?.reject(new RequestError('too-many', 'Too much of this kind waits; try again soon.'));
      this.next();
    });
  }

  private next(): void {
    if (this.current) return;
    clearTimeout(this.timer);
    const job = this.queue.next();
    this.current = job;
    if (!job) return;
    const patience = this.limits.seconds + (this.process ? 0 : this.limits.startSeconds);
    this.timer = setTimeout(() => {
      const field = job.task.kind === 'verify' ? 'replay' : 'levelId';
      this.end(
        new RequestError(
          'bad-request',
          `This takes more than ${patience} s to work out and was given up.`,
          { reason: 'bad-value', field },
        ),
      );
      this.next();
    }, patience * 1000);
    this.timer.unref();
    this.startedAt = performance.now();
    this.process ??= this.begin();
    this.process.send({ type: 'task', task: job.task });
  }

  private begin(): ProcessHandle<ToWorlds, FromWorlds> {
    const handle = this.launch();
    handle.onMessage((message) => {
      if (handle !== this.process) return;
      this.settle((job) => {
        if (message.type === 'done') job.resolve(message.answer);
        else job.reject(RequestError.fromWire(message.error));
      });
    });
    handle.onExit((reason) => {
      if (handle !== this.process) return;
      this.process = undefined;
      const how = reason ?? 'ended by itself';
      this.log(`the process of worlds ${how}`);
      this.settle((job) =>
        job.reject(
          new RequestError('internal', `The process that draws worlds ${how}; try again.`),
        ),
      );
    });
    return handle;
  }

  /** Answers the current job, and goes on with the next. */
  private settle(answer: (job: Job) => void): void {
    const job = this.current;
    this.current = undefined;
    if (job) {
      this.queue.charge(job.sender, (performance.now() - this.startedAt) / 1000);
      answer(job);
    }
    this.next();
  }

  private end(error: Error): void {
    clearTimeout(this.timer);
    const { process, current } = this;
    this.process = undefined;
    this.current = undefined;
    process?.kill();
    if (!current) return;
    this.queue.charge(current.sender, (performance.now() - this.startedAt) / 1000);
    current.reject(error);
  }
}

/** Undefined for what is not kept. */
function keyOf(task: WorldTask): string | undefined {
  return task.kind === 'verify' ? undefined : JSON.stringify(task);
}
