import type { ScriptedPolicy } from '../../../shared/play.ts';
import type { Replay } from '../../../shared/replay.ts';
import type { PolicySource } from '../../play/loadPolicy.ts';
import type { PlayTask } from '../../play/play.ts';
import type { FromAsked } from '../../processes/asked.ts';

/** Who is to play, as far as the server can tell without reading files. */
export type PolicyChoice =
  | { kind: 'shipped'; name: string }
  | Extract<PolicySource, { kind: 'scratch' }>
  | { kind: 'script'; name: ScriptedPolicy }
  /** A run's newest or best checkpoint, or the one after so many updates. */
  | { kind: 'stored'; runId: string; which: 'newest' | 'best' | number };

/** One episode that the playing process is to play; it gets the next one when this is answered. */
export interface PlayMessage {
  type: 'play';
  choice: PolicyChoice;
  checkpointFolder: string;
  task: Omit<PlayTask, 'source' | 'runId' | 'envSteps'>;
}

export type PlayAnswer = FromAsked<Replay>;
