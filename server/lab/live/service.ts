import { fileURLToPath } from 'node:url';
import type {
  LabOneBlankAnswer,
  LabOpenAnswer,
  LabPuzzle,
  LabPuzzleRequest,
  LabThink,
  LabThinkAnswer,
} from '../../../shared/lab.ts';
import { AskedProcess, type FromAsked } from '../../processes/asked.ts';
import type { Sender } from '../../processes/fairQueue.ts';
import type { LaunchProcess } from '../../processes/launcher.ts';
import type { ThinkAnswer, ThinkAnswers, ThinkTask } from './thinker.ts';
import { type LabTrainingDeps, LabTrainings } from './training.ts';

export type LaunchThinker = LaunchProcess<ThinkTask, FromAsked<ThinkAnswer>>;

/** The file that `processLauncher` starts as the thinking process. */
export const LAB_THINK_PROCESS = fileURLToPath(new URL('./thinkProcess.ts', import.meta.url));

const LIMITS = {
  waiting: 64,
  waitingEach: 8,
  seconds: 20,
  startSeconds: 60,
  idleSeconds: 180,
};

export interface LabServiceDeps extends LabTrainingDeps {
  launchThinker: LaunchThinker;
}

/** The lab of a server: who thinks about puzzles for viewers, and the one training that they may watch. */
export class LabService {
  readonly trainings: LabTrainings;
  private readonly thinker: AskedProcess<ThinkTask, ThinkAnswer>;
  private readonly folder: string;

  constructor(deps: LabServiceDeps) {
    this.folder = deps.folder;
    this.trainings = new LabTrainings(deps);
    this.thinker = new AskedProcess(deps.launchThinker, {
      name: 'thinks about puzzles',
      limits: LIMITS,
      log: deps.log,
    });
  }

  async open(sender: Sender): Promise<LabOpenAnswer> {
    const answer = await this.ask({ kind: 'models', folder: this.folder }, sender);
    return { ...answer, training: this.trainings.state };
  }

  puzzle(request: LabPuzzleRequest, sender: Sender): Promise<{ puzzle: LabPuzzle }> {
    return this.ask({ kind: 'puzzle', request }, sender);
  }

  think(request: LabThink, sender: Sender): Promise<LabThinkAnswer> {
    return this.ask({ kind: 'think', request, folder: this.folder }, sender);
  }

  oneBlank(model: string, sender: Sender): Promise<LabOneBlankAnswer> {
    return this.ask({ kind: 'oneBlank', model, folder: this.folder }, sender);
  }

  close(): void {
    this.thinker.close();
    this.trainings.close();
  }

  private ask<T extends ThinkTask>(task: T, sender: Sender): Promise<ThinkAnswers[T['kind']]> {
    // The answer to a task is of the task's kind.
    return this.thinker.ask(task, sender) as Promise<ThinkAnswers[T['kind']]>;
  }
}
