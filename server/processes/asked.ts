import { RequestError } from '../../shared/requestError.ts';
import type { WireError } from '../../shared/wire.ts';
import { FairQueue, type QueueLimits, type Sender } from './fairQueue.ts';
import { type LaunchProcess, type ProcessHandle, timeHad } from './launcher.ts';

/** What a process that is asked answers. */
export type FromAsked<Answer> =
  | { type: 'done'; answer: Answer }
  /** The task's own fault, in words for whoever asked. */
  | { type: 'refused'; error: WireError };

export interface AskedLimits extends QueueLimits {
  /** Seconds of work for one task (on a busy machine a process waits for a core, which does not count), and as many more for the first of a process, which has to start. */
  seconds: number;
  /** The same where somebody at another address waits; as long unless given. */
  sharedSeconds?: number;
  startSeconds: number;
  /** A process that has nothing to do for so many seconds is let go; kept unless given. */
  idleSeconds?: number;
}

export interface AskedOptions<Task> {
  /** The process, for messages: “the process that …”. */
  name: string;
  limits: AskedLimits;
  log: (message: string) => void;
  /** What is told of a task that took longer than so many seconds; `isShared` where others waited. */
  tooLong?: (task: Task, seconds: number, isShared: boolean) => RequestError;
  /** What is told where too much waits. */
  tooMany?: string;
}

const tooLong = (_: unknown, seconds: number) =>
  new RequestError('bad-request', `This took more than ${seconds} s and was given up.`);

interface Job<Task, Answer> {
  task: Task;
  sender: Sender;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/**
 * A process that does one task at a time for many who ask, in fair turns. It starts with the first task, may crash or
 * hang without harm to the server, and is let go where nobody asks for a while.
 */
export class AskedProcess<Task, Answer> {
  private readonly launch: LaunchProcess<Task, FromAsked<Answer>>;
  private readonly options: AskedOptions<Task>;
  private readonly queue: FairQueue<Job<Task, Answer>>;
  private current: Job<Task, Answer> | undefined;
  private process: ProcessHandle<Task, FromAsked<Answer>> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  /** What its process had computed when the task began. */
  private computedBefore = 0;
  private isClosed = false;

  constructor(launch: LaunchProcess<Task, FromAsked<Answer>>, options: AskedOptions<Task>) {
    this.launch = launch;
    this.options = options;
    this.queue = new FairQueue(options.limits);
  }

  /** Rejects with a RequestError for what the process refuses, what takes too long, and where too much waits. */
  ask(task: Task, sender: Sender): Promise<Answer> {
    if (this.isClosed)
      return Promise.reject(new RequestError('conflict', 'The server is shutting down.'));
    return new Promise((resolve, reject) => {
      const gone = this.queue.add({ task, sender, resolve, reject }, this.current);
      const { tooMany = 'Too much of this kind waits; try again soon.' } = this.options;
      gone?.reject(new RequestError('too-many', tooMany));
      this.next();
    });
  }

  /** Ends the process; what waits is refused. */
  close(): void {
    this.isClosed = true;
    const error = new RequestError('conflict', 'The server is shutting down.');
    for (const job of this.queue.clear()) job.reject(error);
    this.end(error);
  }

  private next(): void {
    if (this.current) return;
    clearTimeout(this.timer);
    const job = this.queue.next();
    this.current = job;
    const { startSeconds, idleSeconds } = this.options.limits;
    const isStarting = this.process === undefined;
    if (!job) {
      if (!isStarting && idleSeconds !== undefined) this.after(idleSeconds, () => this.end());
      return;
    }
    this.startedAt = performance.now();
    this.computedBefore = this.process?.computed?.() ?? 0;
    this.giveUpLate(job, isStarting ? startSeconds : 0);
    this.process ??= this.begin();
    this.process.send(job.task);
  }

  /** Ends a task that takes too long, sooner where others wait. */
  private giveUpLate(job: Job<Task, Answer>, startSeconds: number): void {
    const { seconds, sharedSeconds = seconds } = this.options.limits;
    const patience = seconds + startSeconds;
    const shared = Math.min(seconds, sharedSeconds) + startSeconds;
    const giveUp = (limit: number, isShared: boolean) => {
      this.end((this.options.tooLong ?? tooLong)(job.task, limit, isShared));
      this.next();
    };
    const look = () => {
      const spent = this.spent();
      if (spent >= patience) return giveUp(patience, false);
      if (spent >= shared && this.queue.hasOthers(job.sender.address)) return giveUp(shared, true);
      const left = spent < shared ? shared - spent : Math.min(1, patience - spent);
      // A timer may be a little early.
      this.after(left + 0.001, look);
    };
    look();
  }

  /** Seconds that the current task has taken. */
  private spent(): number {
    const passed = (performance.now() - this.startedAt) / 1000;
    return timeHad(passed, this.process?.computed?.(), this.computedBefore);
  }

  private after(seconds: number, action: () => void): void {
    this.timer = setTimeout(action, seconds * 1000);
    this.timer.unref();
  }

  private begin(): ProcessHandle<Task, FromAsked<Answer>> {
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
      this.options.log(`the process that ${this.options.name} ${how}`);
      this.settle((job) =>
        job.reject(
          new RequestError('internal', `The process that ${this.options.name} ${how}; try again.`),
        ),
      );
    });
    return handle;
  }

  /** Answers the current job, and goes on with the next. */
  private settle(answer: (job: Job<Task, Answer>) => void): void {
    const job = this.current;
    this.current = undefined;
    if (job) {
      this.queue.charge(job.sender, (performance.now() - this.startedAt) / 1000);
      answer(job);
    }
    this.next();
  }

  private end(error?: Error): void {
    clearTimeout(this.timer);
    const { process, current } = this;
    this.process = undefined;
    this.current = undefined;
    process?.kill();
    if (!current) return;
    this.queue.charge(current.sender, (performance.now() - this.startedAt) / 1000);
    current.reject(error ?? new RequestError('internal', 'The process was let go.'));
  }
}
