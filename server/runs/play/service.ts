import { fileURLToPath } from 'node:url';
import type { PolicyKind, PresetId } from '../../../shared/config.ts';
import { SCRIPTED_POLICIES, type ScriptedPolicy } from '../../../shared/play.ts';
import type { CommandPayload, RunInfo } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { RequestError } from '../../../shared/requestError.ts';
import { FairQueue, type QueueLimits, type Sender } from '../../processes/fairQueue.ts';
import type { LaunchProcess, ProcessHandle } from '../../processes/launcher.ts';
import type { PlayAnswer, PlayMessage, PolicyChoice } from './protocol.ts';

export type PlayRequest = CommandPayload<'episode:play'>;
export type LaunchPlayer = LaunchProcess<PlayMessage, PlayAnswer>;

/** The file that `processLauncher` starts as the playing process. */
export const PLAY_PROCESS = fileURLToPath(new URL('./process.ts', import.meta.url));

export interface PlayLimits extends QueueLimits {
  /** Seconds for one episode, and as many more for the first of a process, which has to start. */
  seconds: number;
  /** The same where somebody at another address waits. */
  sharedSeconds: number;
  startSeconds: number;
  /** A process that has nothing to do for so many seconds is let go. */
  idleSeconds: number;
}
export const PLAY_LIMITS: PlayLimits = {
  waiting: 64,
  waitingEach: 8,
  seconds: 60,
  sharedSeconds: 15,
  startSeconds: 60,
  idleSeconds: 120,
};

export interface PlayDeps {
  launch: LaunchPlayer;
  /** A run by its id; throws a RequestError for an unknown one. */
  runOf: (runId: string) => RunInfo;
  shippedCheckpoints: readonly string[];
  checkpointFolder: string;
  log: (message: string) => void;
  limits?: Partial<PlayLimits>;
}

interface Job {
  message: PlayMessage;
  sender: Sender;
  resolve(replay: Replay): void;
  reject(error: Error): void;
}

/**
 * Plays episodes that viewers ask for, in a process of its own that starts with the first one: it may
 * crash or hang without harm to the server or to training. One episode at a time. Of those who wait, the
 * address is served that has used the least time lately, and of its connections the one that asked first.
 */
export class PlayService {
  private readonly deps: PlayDeps;
  private readonly limits: PlayLimits;
  private readonly queue: FairQueue<Job>;
  private current: Job | undefined;
  private process: ProcessHandle<PlayMessage, PlayAnswer> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private isClosed = false;

  constructor(deps: PlayDeps) {
    this.deps = deps;
    this.limits = { ...PLAY_LIMITS, ...deps.limits };
    this.queue = new FairQueue(this.limits);
  }

  /**
   * Resolves with the whole episode. Rejects with a RequestError for what cannot be played, where too much
   * waits already, or where it took too long.
   * @param sender whoever asks, so that nobody fills the queue alone
   */
  async play(request: PlayRequest, sender: Sender): Promise<Replay> {
    if (this.isClosed) throw new RequestError('conflict', 'The server is shutting down.');
    const { policy, ...task } = request;
    const message: PlayMessage = {
      type: 'play',
      choice: this.choiceOf(policy),
      checkpointFolder: this.deps.checkpointFolder,
      task: { ...task, name: policy },
    };
    return new Promise((resolve, reject) => {
      const gone = this.queue.add({ message, sender, resolve, reject }, this.current);
      gone?.reject(
        new RequestError('too-many', 'Too many episodes wait to be played; try again soon.'),
      );
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

  /** Who plays, from the name that was sent. Throws a RequestError that says what is accepted. */
  private choiceOf(name: string, field = 'policy'): PolicyChoice {
    if ((SCRIPTED_POLICIES as readonly string[]).includes(name))
      return { kind: 'script', name: name as ScriptedPolicy };
    const { shippedCheckpoints } = this.deps;
    if (shippedCheckpoints.includes(name)) return { kind: 'shipped', name };
    const match = /^([A-Za-z0-9_-]+)(?:\.(start|best|u(\d{1,12})))?$/.exec(name);
    let run: RunInfo | undefined;
    try {
      run = match ? this.deps.runOf(match[1] ?? '') : undefined;
    } catch {
      // Said below, with what would be accepted.
    }
    if (!match || !run) {
      const names = [...shippedCheckpoints, ...SCRIPTED_POLICIES].map((one) => `"${one}"`);
      throw new RequestError(
        'not-found',
        `${field} is "${name}"; accepted: ${names.join(', ')}, a run's id, or that with .best, .start or .uN after it`,
        field,
      );
    }
    const [, runId = '', which, updates] = match;
    if (which === 'start') {
      if (run.init === 'scratch') {
        const { preset, policy, seed, settings } = run;
        return {
          kind: 'scratch',
          preset: preset as PresetId,
          policy: policy as PolicyKind,
          seed,
          // Runs of earlier versions do not have that setting.
          ...(settings?.plannerWeight > 0 && { plannerLearns: true }),
        };
      }
      return this.choiceOf(run.init);
    }
    return {
      kind: 'stored',
      runId,
      which: updates ? Number(updates) : which === 'best' ? 'best' : 'newest',
    };
  }

  private next(): void {
    if (this.current) return;
    clearTimeout(this.timer);
    this.current = this.queue.next();
    if (!this.current) {
      this.timer = setTimeout(() => this.end(), this.limits.idleSeconds * 1000);
      this.timer.unref();
      return;
    }
    this.startedAt = performance.now();
    this.giveUpAfter(this.process ? 0 : this.limits.startSeconds, this.current.sender.address);
    this.process ??= this.start();
    this.process.send(this.current.message);
  }

  /** Ends an episode that takes too long, sooner where others wait. */
  private giveUpAfter(startSeconds: number, address: string): void {
    const { seconds, sharedSeconds } = this.limits;
    const patience = seconds + startSeconds;
    const shared = Math.min(seconds, sharedSeconds) + startSeconds;
    const giveUp = (limit: number, why: string) => {
      this.end(
        new RequestError(
          'internal',
          `This episode took more than ${limit} s to play${why} and was given up.`,
        ),
      );
      this.next();
    };
    const look = () => {
      const spent = (performance.now() - this.startedAt) / 1000;
      if (spent >= patience) return giveUp(patience, '');
      const isShared = this.queue.hasOthers(address);
      if (isShared && spent >= shared) return giveUp(shared, ' while others wait');
      const left = spent < shared ? shared - spent : Math.min(1, patience - spent);
      this.timer = setTimeout(look, left * 1000 + 1);
    };
    look();
  }

  private start(): ProcessHandle<PlayMessage, PlayAnswer> {
    const handle = this.deps.launch();
    handle.onMessage((message) => {
      if (handle === this.process) this.take(message);
    });
    handle.onExit((reason) => {
      if (handle !== this.process) return;
      this.process = undefined;
      const how = reason ?? 'ended by itself';
      this.deps.log(`the playing process ${how}`);
      this.settle((job) =>
        job.reject(new RequestError('internal', `The process that plays ${how}; try again.`)),
      );
    });
    return handle;
  }

  private take(message: PlayAnswer): void {
    this.settle((job) => {
      if (message.type === 'played') job.resolve(message.replay);
      else job.reject(new RequestError(message.code, message.message, message.field));
    });
  }

  /** Answers the current job, and goes on with the next. */
  private settle(answer: (job: Job) => void): void {
    const job = this.current;
    this.current = undefined;
    clearTimeout(this.timer);
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
    if (current) this.queue.charge(current.sender, (performance.now() - this.startedAt) / 1000);
    if (error) current?.reject(error);
  }
}
