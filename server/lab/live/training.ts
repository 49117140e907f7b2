import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabKind, LabTraining } from '../../../shared/lab.ts';
import { RequestError } from '../../../shared/requestError.ts';
import type { LaunchProcess, ProcessHandle } from '../../processes/launcher.ts';
import type { FromLabTrainer, LabProgress, ToLabTrainer } from './trainProtocol.ts';

export type LaunchLabTrainer = LaunchProcess<ToLabTrainer, FromLabTrainer>;

/** The file that `processLauncher` starts as the training process. */
export const LAB_TRAIN_PROCESS = fileURLToPath(new URL('./trainProcess.ts', import.meta.url));

const MOST_POINTS = 400;
const MAX_SECONDS = 1800;
/** For the process to save after it was told to stop. */
const STOP_SECONDS = 30;

/** Runs of the gridworld, as far as a training of the lab has to do with them: the two share one machine. */
export interface OtherRuns {
  /** Names of those that train, by id. */
  active(): ReadonlyMap<string, string>;
  pause(id: string): Promise<unknown>;
  resume(id: string): Promise<unknown>;
  /** Calls back whenever a run begins to train or ceases to. */
  onChange(listener: () => void): void;
}

export interface LabTrainingDeps {
  launch: LaunchLabTrainer;
  /** Where what was learnt is kept. */
  folder: string;
  workers: number;
  runs: OtherRuns;
  log: (message: string) => void;
  maxSeconds?: number;
  stopSeconds?: number;
}

type Events = { change: [training: LabTraining] };

const IDLE: LabTraining = {
  status: 'idle',
  steps: 0,
  seconds: 0,
  loss: null,
  curve: [],
  puzzles: 0,
  boards: [],
  paused: [],
};

/**
 * The one training of the lab that a server may do, in a process of its own. The runs of the gridworld are paused for it
 * and go on afterwards; where somebody starts one meanwhile, the training ends and keeps what it has learnt.
 */
export class LabTrainings extends EventEmitter<Events> {
  private readonly deps: LabTrainingDeps;
  private training: LabTraining = IDLE;
  private process: ProcessHandle<ToLabTrainer, FromLabTrainer> | undefined;
  private readonly paused = new Map<string, string>();
  private order: Extract<ToLabTrainer, { type: 'train' }> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Why it is stopped, where it was not asked to by hand. */
  private reason: string | undefined;
  private isClosed = false;

  constructor(deps: LabTrainingDeps) {
    super();
    this.deps = deps;
    deps.runs.onChange(() => this.reconsider());
  }

  get state(): LabTraining {
    return this.training;
  }

  /** Starts one. Throws a RequestError where one goes on. */
  start(request: { task: string; kind: LabKind; seed: number }): LabTraining {
    if (this.isClosed) throw new RequestError('conflict', 'The server is shutting down.');
    if (this.isBusy)
      throw new RequestError(
        'conflict',
        `A model is being trained on ${this.training.task} already; stop that first.`,
        'task',
      );
    const { folder, workers, maxSeconds = MAX_SECONDS, runs } = this.deps;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new RequestError('storage', `Cannot use ${folder}: ${(error as Error).message}`);
    }
    const name = `trained-${request.task}`;
    const file = join(folder, `${name}.safetensors`);
    this.order = { type: 'train', ...request, workers, file, maxSeconds };
    this.reason = undefined;
    this.paused.clear();
    for (const [id, label] of runs.active()) this.paused.set(id, label);
    this.set({
      ...IDLE,
      ...request,
      task: request.task as LabTraining['task'],
      status: 'waiting',
      paused: [...this.paused.values()],
    });
    for (const id of this.paused.keys())
      runs.pause(id).catch((error: Error) => this.deps.log(`a run could not pause: ${error}`));
    this.reconsider();
    return this.training;
  }

  /** Ends it; resolves at once, and `change` tells when it has. */
  stop(reason?: string): LabTraining {
    this.reason = reason;
    if (this.training.status === 'waiting') this.end('ended', reason ?? 'Stopped before it began.');
    else if (this.process) {
      this.process.send({ type: 'stop' });
      clearTimeout(this.timer);
      this.timer = setTimeout(
        () => this.process?.kill(),
        1000 * (this.deps.stopSeconds ?? STOP_SECONDS),
      );
      this.timer.unref();
    }
    return this.training;
  }

  /** Ends with the server; runs that rest for it stay paused. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    const { process } = this;
    this.process = undefined;
    process?.kill();
  }

  private get isBusy(): boolean {
    return this.training.status === 'waiting' || this.training.status === 'training';
  }

  /** Begins once the other runs rest, and gives way where one of them starts. */
  private reconsider(): void {
    if (this.isClosed || !this.isBusy) return;
    const active = this.deps.runs.active();
    const stranger = [...active].find(([id]) => !this.paused.has(id));
    if (this.training.status === 'waiting') {
      if (stranger) this.end('ended', `${stranger[1]} was started meanwhile.`);
      else if (active.size === 0) this.begin();
      return;
    }
    const [back] = active;
    if (back && this.reason === undefined) this.stop(`${back[1]} was started meanwhile.`);
  }

  private begin(): void {
    const { order } = this;
    if (!order) return;
    this.set({ ...this.training, status: 'training' });
    const handle = this.deps.launch();
    this.process = handle;
    handle.onMessage((message) => {
      if (handle !== this.process) return;
      if (message.type === 'progress') this.add(message.progress);
      else this.reason ??= message.message;
    });
    handle.onExit((how) => {
      if (handle !== this.process) return;
      this.process = undefined;
      if (how === undefined) this.end('ended', this.reason);
      else {
        this.deps.log(`the training of the lab ${how}`);
        this.end('failed', `The training ${how}.`);
      }
    });
    handle.send(order);
  }

  private add(progress: LabProgress): void {
    const { steps, seconds, parameters, loss, exact, cells, puzzles, boards } = progress;
    const curve = [...this.training.curve, { steps, seconds, exact, cells }];
    this.set({
      ...this.training,
      steps,
      seconds,
      parameters,
      loss,
      puzzles,
      boards: [...boards],
      model: `trained-${this.training.task}`,
      // Thinned where it is long: every second point but the newest.
      curve:
        curve.length > MOST_POINTS
          ? curve.filter((_, i) => i % 2 === 0 || i === curve.length - 1)
          : curve,
    });
  }

  private end(status: 'ended' | 'failed', message: string | undefined): void {
    clearTimeout(this.timer);
    const { runs, log } = this.deps;
    this.set({ ...this.training, status, message, paused: [] });
    if (this.isClosed) return;
    // Whoever started another run has decided what trains.
    const others = [...runs.active().keys()].some((id) => !this.paused.has(id));
    for (const id of others ? [] : this.paused.keys())
      runs.resume(id).catch((error: Error) => log(`a run could not go on: ${error.message}`));
    this.paused.clear();
  }

  private set(training: LabTraining): void {
    this.training = training;
    this.emit('change', training);
  }
}
