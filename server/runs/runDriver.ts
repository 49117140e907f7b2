import type { PolicyKind, PresetId, TrainSettings } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RunInfo, RunStatus, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { CheckpointFolder, StoredCheckpoint } from '../storage/checkpoints.ts';
import type { RunStore, StoredRun } from '../storage/store.ts';
import { EpisodeRing, Throttle } from './episodeRing.ts';
import type { Launch } from './launcher.ts';
import { type Ending, SupervisedTrainer, type WatchLimits } from './supervised.ts';
import type { FromTrainer, StartMessage } from './trainerProtocol.ts';

/** How runs are driven; all times in seconds. */
export interface DriveOptions extends WatchLimits {
  saveEvery: number;
  heartbeatEvery: number;
  /** A trainer that is paused for this long is let go; resuming starts it from its checkpoint. */
  parkAfter: number;
  episodesPerSecond: number;
}

export const DEFAULT_DRIVE: DriveOptions = {
  saveEvery: 10,
  heartbeatEvery: 2,
  silenceLimit: 180,
  stallLimit: 1800,
  parkAfter: 120,
  episodesPerSecond: 4,
};

export interface DriverEvents {
  state(run: RunInfo): unknown;
  point(runId: string, point: MetricPoint): unknown;
  episode(runId: string, replay: Replay): unknown;
  changed(runId: string, change: SettingsChange): unknown;
  log(level: 'info' | 'warn' | 'error', message: string, detail?: unknown): void;
}

export interface DriverDeps {
  store: RunStore;
  checkpoints: CheckpointFolder;
  launch: Launch;
  options: DriveOptions;
  events: DriverEvents;
}

type Change = Pick<SettingsChange, 'kind' | 'changes'>;

const RING_EPISODES = 240;
const RING_BYTES = 16_000_000;
const STATE_GAP_MS = 500;

/** One run and, while it has one, its trainer process: turns what the trainer says into state, store and events. */
export class RunDriver {
  readonly episodes = new EpisodeRing(RING_EPISODES, RING_BYTES);
  private stored: StoredRun;
  private readonly deps: DriverDeps;
  private trainer: SupervisedTrainer | undefined;
  private parkTimer: NodeJS.Timeout | undefined;
  private readonly throttle: Throttle;
  private readonly pending = new Map<number, Change>();
  private nextChangeId = 1;
  private stateTimer: NodeJS.Timeout | undefined;
  private lastState = Number.NEGATIVE_INFINITY;
  private checkpointSteps: number | undefined;
  private saveTrouble: string | undefined;
  private isClosed = false;
  private readonly waiters = new Set<() => void>();

  constructor(stored: StoredRun, deps: DriverDeps) {
    this.stored = stored;
    this.deps = deps;
    this.throttle = new Throttle(deps.options.episodesPerSecond, deps.options.episodesPerSecond);
  }

  get info(): RunInfo {
    return this.stored.info;
  }

  get wanted(): StoredRun['wanted'] {
    return this.stored.wanted;
  }

  get hasTrainer(): boolean {
    return this.trainer !== undefined;
  }

  /** True while it trains or is about to. */
  get isActive(): boolean {
    return this.wanted === 'running';
  }

  /**
   * Starts or goes on; from the newest good checkpoint where there is no process yet.
   * @param init what a run without a checkpoint begins with; a failure to find it fails the run
   */
  async start(init: () => Promise<string>): Promise<void> {
    clearTimeout(this.parkTimer);
    if (this.trainer?.ending) await this.trainer.gone;
    this.stored.wanted = 'running';
    if (this.trainer) {
      this.trainer.send({ type: 'resume' });
      this.setStatus(this.info.status === 'paused' ? 'running' : this.info.status);
      return;
    }
    this.setStatus('starting');
    try {
      const checkpoint = await this.deps.checkpoints.newestGood(this.info.id);
      const from = checkpoint ? '' : await init();
      // Someone may have paused or stopped it while the disk was read.
      if (this.wanted !== 'running' || this.trainer || this.isClosed) return;
      this.rewindTo(checkpoint?.updates ?? 0, checkpoint?.envSteps ?? 0);
      this.checkpointSteps = checkpoint?.envSteps;
      this.trainer = this.launch(from, checkpoint);
    } catch (error) {
      this.fail((error as Error).message);
    }
  }

  /** Asks the trainer to pause after its update; resolves when it has, or is gone. */
  async pause(): Promise<void> {
    this.stored.wanted = 'idle';
    this.persist();
    const { trainer } = this;
    if (!trainer) {
      this.setStatus('paused');
      return;
    }
    trainer.send({ type: 'pause' });
    await this.until(
      () => this.info.status === 'paused' || !this.trainer || this.wanted === 'running',
    );
  }

  /**
   * Ends the trainer after its update and a checkpoint. `park` and `shutdown` leave the run paused
   * (`shutdown` with the wish to go on at the next start), `stop` leaves it stopped.
   */
  async end(why: 'park' | 'stop' | 'shutdown', killAfterSeconds = 60): Promise<void> {
    clearTimeout(this.parkTimer);
    if (why === 'shutdown') this.isClosed = true;
    else this.stored.wanted = 'idle';
    if (this.trainer) await this.trainer.end(why, killAfterSeconds);
    else if (this.info.status !== 'failed' || why === 'stop') this.settle(why);
  }

  /** Merges new values; they take effect, and are logged, at the next rollout. */
  change(
    kind: 'settings' | 'rewards',
    patch: Partial<TrainSettings> | Partial<RewardWeights>,
  ): void {
    const current: Record<string, number> = this.info[kind];
    const changes = Object.entries(patch)
      .filter(([id, to]) => current[id] !== to)
      .map(([id, to]) => ({ id, from: current[id], to }));
    if (changes.length === 0) return;
    this.stored.info = { ...this.info, [kind]: { ...this.info[kind], ...patch } };
    this.persist();
    const changeId = this.nextChangeId++;
    this.pending.set(changeId, { kind, changes });
    const { trainer } = this;
    if (trainer && !trainer.ending) trainer.send({ type: 'change', changeId, [kind]: patch });
    // With nobody training, the next rollout is the very next thing that happens.
    if (!trainer || this.info.status === 'paused') this.logChange(changeId);
    this.tellState(true);
  }

  private launch(init: string, checkpoint?: StoredCheckpoint): SupervisedTrainer {
    const { info, engine, workers } = this.stored;
    const { options, checkpoints, launch } = this.deps;
    const start: StartMessage = {
      type: 'start',
      options: {
        runId: info.id,
        levelId: info.levelId,
        init,
        policy: info.policy as PolicyKind,
        preset: info.preset as PresetId,
        seed: info.seed,
        settings: info.settings,
        rewards: info.rewards,
        engine,
        workers,
      },
      resume: checkpoint && {
        file: checkpoint.file,
        updates: checkpoint.updates,
        envSteps: checkpoint.envSteps,
      },
      checkpointFolder: checkpoints.folder,
      saveEverySeconds: options.saveEvery,
      heartbeatSeconds: options.heartbeatEvery,
    };
    return new SupervisedTrainer(launch, start, options, {
      message: (message) => this.take(message),
      gone: (ending, reason) => this.takeGone(ending, reason),
    });
  }

  private take(message: FromTrainer): void {
    switch (message.type) {
      case 'ready':
        this.stored.info = {
          ...this.info,
          engine: message.engine,
          parameters: message.parameters,
          message: undefined,
        };
        // Someone may have asked for a pause while it was loading.
        if (this.wanted === 'running') this.setStatus('running');
        break;
      case 'update':
        this.takeUpdate(message.point, message.episodes);
        break;
      case 'applied':
        this.logChange(message.changeId);
        break;
      case 'saved':
        this.checkpointSteps = message.checkpoint.envSteps;
        if (this.info.message === this.saveTrouble) this.warn(undefined);
        this.saveTrouble = undefined;
        break;
      case 'saveFailed':
        this.saveTrouble = message.message;
        this.warn(message.message);
        break;
      case 'paused':
        if (this.wanted === 'idle') this.takePaused();
        break;
      case 'failed':
        this.fail(message.message, message.detail);
        break;
    }
  }

  private takePaused(): void {
    this.setStatus('paused');
    this.parkTimer = setTimeout(() => void this.end('park'), this.deps.options.parkAfter * 1000);
    this.parkTimer.unref();
  }

  private takeUpdate(point: MetricPoint, episodes: Replay[]): void {
    const { success, evalSuccess } = point.values;
    this.stored.info = {
      ...this.info,
      envSteps: point.envSteps,
      episodes: point.episodes,
      updates: point.updates,
      seconds: point.seconds,
      ...(success !== undefined && { success }),
      ...(evalSuccess !== undefined && { evalSuccess }),
    };
    try {
      this.deps.store.putUpdate(this.stored, point);
    } catch (error) {
      // Training on without keeping its measurements would lose them: wait until someone has helped.
      this.warn(`Paused: ${(error as Error).message}`);
      this.stored.wanted = 'idle';
      this.trainer?.send({ type: 'pause' });
    }
    this.deps.events.point(this.info.id, point);
    for (const replay of episodes) {
      if (!this.throttle.take()) break;
      this.episodes.add(replay);
      this.deps.events.episode(this.info.id, replay);
    }
    this.tellState(false);
  }

  private takeGone(ending: Ending | undefined, reason: string | undefined): void {
    this.trainer = undefined;
    for (const changeId of [...this.pending.keys()]) this.logChange(changeId);
    if (ending === 'failed') this.wake();
    else if (ending) {
      if (reason) this.warn(`The trainer ${reason} while it was being ended.`);
      this.settle(ending);
    } else {
      this.fail(
        `The trainer ${reason ?? 'ended by itself'} at step ${this.info.envSteps}.${this.resumeHint()}`,
      );
    }
  }

  private settle(why: Exclude<Ending, 'failed'>): void {
    if (why === 'shutdown' && this.wanted === 'running')
      this.stored.info = {
        ...this.info,
        message: 'The server is shutting down; training goes on from here when it starts again.',
      };
    this.setStatus(why === 'stop' ? 'stopped' : 'paused');
  }

  private fail(message: string, detail?: string): void {
    this.stored.wanted = 'idle';
    this.stored.info = { ...this.info, message };
    this.deps.events.log('error', message, detail);
    this.setStatus('failed');
  }

  private resumeHint(): string {
    return this.checkpointSteps === undefined
      ? ' Resume starts it again.'
      : ` Resume goes on from the last checkpoint, at step ${this.checkpointSteps}.`;
  }

  /** Forgets what was measured after the checkpoint: it will be measured again. */
  private rewindTo(updates: number, envSteps: number): void {
    const { store } = this.deps;
    store.dropPointsAfter(this.info.id, updates);
    const last = store.points(this.info.id, 1).at(-1);
    this.stored.info = {
      ...this.info,
      updates,
      envSteps,
      episodes: last?.episodes ?? 0,
      seconds: last?.seconds ?? 0,
    };
    this.persist();
  }

  private logChange(changeId: number): void {
    const pending = this.pending.get(changeId);
    if (!pending) return;
    this.pending.delete(changeId);
    const { kind, changes } = pending;
    const { id, envSteps, seconds } = this.info;
    const change: SettingsChange = { envSteps, seconds, at: Date.now(), kind, changes };
    this.safely(() => this.deps.store.addChange(id, change));
    this.deps.events.changed(id, change);
  }

  private warn(message: string | undefined): void {
    if (message === this.info.message) return;
    if (message) this.deps.events.log('warn', message);
    this.stored.info = { ...this.info, message };
    this.tellState(true);
  }

  private setStatus(status: RunStatus): void {
    this.stored.info = { ...this.info, status };
    this.persist();
    this.tellState(true);
    this.wake();
  }

  private persist(): void {
    this.safely(() => this.deps.store.putRun(this.stored));
  }

  private safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.deps.events.log('error', (error as Error).message);
      this.stored.info = { ...this.info, message: (error as Error).message };
    }
  }

  /** Counters are told at most twice a second, a new status at once. */
  private tellState(now: boolean): void {
    const wait = this.lastState + STATE_GAP_MS - performance.now();
    if (now || wait <= 0) {
      clearTimeout(this.stateTimer);
      this.stateTimer = undefined;
      this.lastState = performance.now();
      this.deps.events.state({ ...this.info });
    } else if (!this.stateTimer) {
      this.stateTimer = setTimeout(() => this.tellState(true), wait);
      this.stateTimer.unref();
    }
  }

  private until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.waiters.delete(check);
        resolve();
      };
      this.waiters.add(check);
    });
  }

  private wake(): void {
    for (const check of [...this.waiters]) check();
  }
}
