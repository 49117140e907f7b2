import type { ProcessHandle } from '../processes/launcher.ts';
import type { Tested } from '../sweeps/member.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

export type LaunchTrainer = () => ProcessHandle<ToTrainer, FromTrainer>;

/** How the process that trained ended. */
export type Ending =
  | { how: 'done'; tested: Tested }
  | { how: 'stopped' }
  /** Somebody else holds the training now. */
  | { how: 'superseded' }
  /** It cannot go on anywhere. */
  | { how: 'failed'; message: string }
  /** It died; another may go on. */
  | { how: 'died'; reason: string };

/** A process that says nothing for so long is taken for hung: it speaks every second. */
const SILENCE_MS = 120_000;
/** From the wish to stop: an update may take long. Then what was saved last counts. */
const FAREWELL_MS = 60_000;
const WATCH_MS = 500;

/** A training that this worker holds: the process that does it, watched. It knows nothing of Redis. */
export class HeldTraining {
  readonly ended: Promise<Ending>;
  envSteps = 0;
  private readonly handle: ProcessHandle<ToTrainer, FromTrainer>;
  private lastSign = performance.now();
  private stoppedAt: number | undefined;
  private ending: Ending | undefined;

  constructor(
    launch: LaunchTrainer,
    start: Extract<ToTrainer, { type: 'start' }>,
    say: (line: string) => void,
  ) {
    this.handle = launch();
    const watchdog = setInterval(() => this.watch(), WATCH_MS);
    this.handle.onMessage((message) => {
      this.lastSign = performance.now();
      if (message.type === 'alive') this.envSteps = message.envSteps;
      else if (message.type === 'trouble')
        say(`${start.name}: cannot be saved, trying again (${message.message})`);
      else this.ending ??= endingOf(message);
    });
    this.ended = new Promise((resolve) => {
      this.handle.onExit((reason) => {
        clearInterval(watchdog);
        resolve(this.ending ?? { how: 'died', reason: reason ?? 'ended by itself' });
      });
    });
    this.handle.send(start);
  }

  /** Lets it finish its update and save. */
  stop(): void {
    if (this.stoppedAt !== undefined) return;
    this.stoppedAt = performance.now();
    this.handle.send({ type: 'stop' });
  }

  /** Ends it at once: what it would still write is refused anyway. */
  supersede(): void {
    this.ending = { how: 'superseded' };
    this.handle.kill();
  }

  private watch(): void {
    const now = performance.now();
    if (this.stoppedAt !== undefined && now - this.stoppedAt > FAREWELL_MS) {
      this.ending ??= { how: 'stopped' };
      this.handle.kill();
    } else if (now - this.lastSign > SILENCE_MS) {
      this.ending ??= { how: 'died', reason: 'gave no sign of life and was ended' };
      this.handle.kill();
    }
  }
}

function endingOf(message: Exclude<FromTrainer, { type: 'alive' | 'trouble' }>): Ending {
  switch (message.type) {
    case 'done':
      return { how: 'done', tested: message.tested };
    case 'failed':
      return { how: 'failed', message: message.message };
    default:
      return { how: message.type };
  }
}
