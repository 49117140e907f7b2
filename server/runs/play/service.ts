import { fileURLToPath } from 'node:url';
import type { PolicyKind, PresetId } from '../../../shared/config.ts';
import { SCRIPTED_POLICIES, type ScriptedPolicy } from '../../../shared/play.ts';
import type { CommandPayload, RunInfo } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { RequestError } from '../../../shared/requestError.ts';
import { type AskedLimits, AskedProcess } from '../../processes/asked.ts';
import type { Sender } from '../../processes/fairQueue.ts';
import type { LaunchProcess } from '../../processes/launcher.ts';
import type { PlayAnswer, PlayMessage, PolicyChoice } from './protocol.ts';

export type PlayRequest = CommandPayload<'episode:play'>;
export type LaunchPlayer = LaunchProcess<PlayMessage, PlayAnswer>;

/** The file that `processLauncher` starts as the playing process. */
export const PLAY_PROCESS = fileURLToPath(new URL('./process.ts', import.meta.url));

export const PLAY_LIMITS: AskedLimits = {
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
  limits?: Partial<AskedLimits>;
}

/**
 * Plays episodes that viewers ask for, in a process of its own that starts with the first one: it may
 * crash or hang without harm to the server or to training. One episode at a time. Of those who wait, the
 * address is served that has used the least time lately, and of its connections the one that asked first.
 */
export class PlayService {
  private readonly deps: PlayDeps;
  private readonly process: AskedProcess<PlayMessage, Replay>;

  constructor(deps: PlayDeps) {
    this.deps = deps;
    this.process = new AskedProcess(deps.launch, {
      name: 'plays',
      limits: { ...PLAY_LIMITS, ...deps.limits },
      log: deps.log,
      tooLong: (_, seconds, isShared) => {
        const why = isShared ? ' while others wait' : '';
        return new RequestError(
          'internal',
          `This episode took more than ${seconds} s to play${why} and was given up.`,
        );
      },
      tooMany: 'Too many episodes wait to be played; try again soon.',
    });
  }

  /**
   * Resolves with the whole episode. Rejects with a RequestError for what cannot be played, where too much
   * waits already, or where it took too long.
   * @param sender whoever asks, so that nobody fills the queue alone
   */
  async play(request: PlayRequest, sender: Sender): Promise<Replay> {
    const { policy, ...task } = request;
    const message: PlayMessage = {
      type: 'play',
      choice: this.choiceOf(policy),
      checkpointFolder: this.deps.checkpointFolder,
      task: { ...task, name: policy },
    };
    return this.process.ask(message, sender);
  }

  /** Ends the process; what waits is refused. */
  close(): void {
    this.process.close();
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
}
