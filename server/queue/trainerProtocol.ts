import type { Tested } from '../sweeps/member.ts';
import type { Training } from '../sweeps/trainMember.ts';

/** What a worker and the process that trains for it say to each other. */
export type ToTrainer =
  | {
      type: 'start';
      training: Training;
      /** For messages. */
      name: string;
      folder: string;
      /** What entitles it to write there. */
      lease: number;
      saveEverySeconds: number;
    }
  /** Saves after the update in progress, and ends. */
  | { type: 'stop' };

export type FromTrainer =
  /** Sent every second, whatever it does. */
  | { type: 'alive'; envSteps: number }
  /** The storage does not take what it has; it tries again until it does. */
  | { type: 'trouble'; message: string }
  | { type: 'done'; tested: Tested }
  | { type: 'stopped' }
  /** Somebody else holds the training. */
  | { type: 'superseded' }
  /** It cannot go on, wherever it is trained. */
  | { type: 'failed'; message: string };
