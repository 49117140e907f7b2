import { fileURLToPath } from 'node:url';
import type { MissionCheck } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import { type AskedLimits, AskedProcess } from '../processes/asked.ts';
import type { Sender } from '../processes/fairQueue.ts';
import type { LaunchProcess } from '../processes/launcher.ts';
import type { FromWorlds, ToWorlds, WorldAnswer, WorldAnswers, WorldTask } from './worldTasks.ts';

export type LaunchWorlds = LaunchProcess<ToWorlds, FromWorlds>;

/** The file that `processLauncher` starts as the process of worlds. */
export const WORLD_PROCESS = fileURLToPath(new URL('./worldProcess.ts', import.meta.url));

export interface WorldLimits extends AskedLimits {
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

/** The server itself, which proves the missions of its runs. */
export const OWN_SENDER: Sender = { id: '', address: '' };

/**
 * Draws, proves and verifies in a process of its own, one task at a time in fair turns. What depends on the
 * task alone is kept, failures too, so that asking again costs nothing.
 */
export class Worlds {
  private readonly limits: WorldLimits;
  private readonly kept = new Map<string, Promise<WorldAnswer>>();
  private readonly process: AskedProcess<ToWorlds, WorldAnswer>;

  constructor(launch: LaunchWorlds, log: (message: string) => void, limits?: Partial<WorldLimits>) {
    this.limits = { ...WORLD_LIMITS, ...limits };
    this.process = new AskedProcess(launch, {
      name: 'draws worlds',
      limits: this.limits,
      log,
      tooLong: ({ task }, seconds) =>
        new RequestError(
          'bad-request',
          `This takes more than ${seconds} s to work out and was given up.`,
          { reason: 'bad-value', field: task.kind === 'verify' ? 'replay' : 'levelId' },
        ),
    });
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
    this.process.close();
  }

  private ask<T extends WorldTask>(task: T, sender: Sender): Promise<WorldAnswers[T['kind']]> {
    const key = keyOf(task);
    const known = key === undefined ? undefined : this.kept.get(key);
    const answer = known ?? this.process.ask({ type: 'task', task }, sender);
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
}

/** Undefined for what is not kept. */
function keyOf(task: WorldTask): string | undefined {
  return task.kind === 'verify' ? undefined : JSON.stringify(task);
}
