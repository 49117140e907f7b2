import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { CheckpointLine, UploadedCheckpoint } from '../../shared/checkpoints.ts';
import {
  type EngineChoice,
  idleSetting,
  type Learning,
  LIVE_SETTING_IDS,
  learningFor,
  settingsFor,
  type TrainSettingId,
  type TrainSettings,
} from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { Moment, PlayedBy } from '../../shared/moments.ts';
import type {
  CommandPayload,
  RunInfo,
  RunSnapshot,
  SettingsChange,
} from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { type CheckpointFolder, DEFAULT_LIMITS } from '../storage/checkpoints.ts';
import type { RetentionLimits } from '../storage/retention.ts';
import { type RunStore, StorageError, type StoredRun } from '../storage/store.ts';
import { DEFAULT_DRIVE, type DriveOptions } from './driveOptions.ts';
import type { Launch } from './launcher.ts';
import { levelAskedFor, nameFor, type Prove } from './levelAskedFor.ts';
import { policyAskedFor } from './policyAskedFor.ts';
import { completed, rebuilt } from './rebuild.ts';
import { RunDriver } from './runDriver.ts';
import { checkCost } from './settingsCost.ts';
import { Snapshots } from './snapshots.ts';
import { keepUpload } from './uploads.ts';

/** The checkpoint that a new run starts from where it names none. */
const DEFAULT_INIT = 'default';

/**
 * The run that a server with nothing stored begins with, so that a visitor sees learning at once: the
 * policy that knows single rooms only finds its way between two.
 */
export const DEFAULT_RUN = {
  levelId: 'BabyAI-GoToObjMazeS4R2-v0',
  init: 'rooms',
  name: 'First steps',
} as const satisfies CreateRun;

export type CreateRun = CommandPayload<'run:create'>;

export interface ManagerDeps {
  store: RunStore;
  checkpoints: CheckpointFolder;
  launch: Launch;
  /** Ids of all levels that can be trained on. */
  levelIds: readonly string[];
  /** Names of the checkpoints that come with the program. */
  shippedCheckpoints: readonly string[];
  log: (level: 'info' | 'warn' | 'error', message: string, detail?: unknown) => void;
  /** The database was damaged and is an older copy now: runs that it lacks are rebuilt. */
  wasRestored?: boolean;
  /** Proves a mission or layout made by hand; by default here, which takes up to a second or two. */
  prove?: Prove;
  /** How many runs may train at the same time; starting one more pauses the oldest. */
  maxActive?: number;
  /** How many runs may be kept in all. */
  maxRuns?: number;
  /** For the checkpoints of all runs; only what is always kept of each may pass it. */
  checkpointBytes?: number;
  drive?: Partial<DriveOptions>;
  /** What to begin with where nothing is stored; by default `DEFAULT_RUN`. */
  firstRun?: CreateRun;
  /** For runs made from now on; a run keeps the engine and the number of workers it began with. */
  engine?: EngineChoice;
  workers?: number;
}

type Events = {
  state: [run: RunInfo];
  point: [runId: string, point: MetricPoint];
  episode: [runId: string, replay: Replay];
  changed: [runId: string, change: SettingsChange];
  removed: [runId: string];
};

/** For the checkpoints of all runs together. */
export const DEFAULT_CHECKPOINT_BYTES = 4_000_000_000;

/** A command is answered after this long with what is still to happen. */
const ANSWER_MS = 800;

/** The run as it is. Throws a `StorageError` where that is not written down. */
function written({ info, unwritten }: RunDriver): RunInfo {
  if (unwritten === undefined) return info;
  throw new StorageError(
    `${info.name} is ${info.status} now, but that could not be written down: ${unwritten} It is tried again by itself; where the server ends before it works, the run may be at its next start as it was before.`,
  );
}

/** Throws a RequestError for a setting that would have no effect. */
function refuseIdle(
  learning: Learning,
  policy: string,
  settings: Partial<TrainSettings> = {},
): void {
  const idle = idleSetting(learning, policy, settings);
  if (!idle) return;
  const field = `settings.${idle.id}`;
  throw new RequestError('bad-request', `${field} ${idle.message}`, field);
}

/** All runs of this server: the only door to them for sockets and routes. Emits what viewers are told. */
export class RunManager extends EventEmitter<Events> {
  private readonly deps: ManagerDeps;
  private readonly drivers = new Map<string, RunDriver>();
  private readonly snapshots: Snapshots;
  /** To be deleted as soon as their trainer has ended. */
  private readonly doomed = new Set<RunDriver>();
  private isClosing = false;

  constructor(deps: ManagerDeps) {
    super();
    this.deps = deps;
    this.snapshots = new Snapshots(deps.store);
    deps.checkpoints.prepare();
    for (const stored of deps.store.listRuns().reverse()) this.addDriver(completed(stored));
  }

  /**
   * Goes on with the runs that were going when the server ended; with nothing stored, makes the
   * default run. Call once.
   */
  async startUp(): Promise<void> {
    if (this.deps.wasRestored) await this.rebuild();
    const newestFirst = [...this.drivers.values()].reverse();
    if (newestFirst.length === 0) {
      await this.create(
        this.deps.firstRun ?? { ...DEFAULT_RUN, init: this.shippedOrScratch(DEFAULT_RUN.init) },
      );
      return;
    }
    let free = this.maxActive;
    for (const driver of newestFirst) {
      const { status } = driver.info;
      if (driver.wanted === 'running' && free-- > 0)
        await driver.start(() => this.resolveInit(driver.info.init));
      else if (status === 'running' || status === 'starting' || driver.wanted === 'running')
        await driver.catchUp().then(() => driver.end('park'));
    }
    void this.tidy();
  }

  /** Takes up runs that a restored database lacks, from what their newest checkpoints say of them. */
  private async rebuild(): Promise<void> {
    for (const runId of this.deps.checkpoints.runIds()) {
      if (this.drivers.has(runId)) continue;
      const newest = this.deps.checkpoints.list(runId)[0];
      if (!newest) continue;
      const stored = rebuilt(newest);
      if (!stored) {
        this.deps.log('warn', `${runId} has checkpoints, but nothing says what it was.`);
        continue;
      }
      this.deps.store.putRun(stored);
      await this.addDriver(stored).catchUp();
      this.deps.log('warn', `${runId} (${stored.info.name}) was rebuilt from its checkpoints.`);
    }
  }

  /** Newest first. */
  list(): RunInfo[] {
    return [...this.drivers.values()].reverse().map((driver) => driver.info);
  }

  /** The run that someone who comes new should see. */
  get defaultRunId(): string | undefined {
    const runs = this.list();
    return (runs.find(({ status }) => status === 'running' || status === 'starting') ?? runs[0])
      ?.id;
  }

  get(runId: string): RunInfo {
    return this.driver(runId).info;
  }

  /** Everything that a new viewer of the run needs. It is shared by viewers: not to be changed. */
  snapshot(runId: string): RunSnapshot {
    return this.snapshots.of(this.driver(runId).info);
  }

  /** The episodes that are kept of all of a run's learning, in order of steps. */
  moments(runId: string): Moment[] {
    this.driver(runId);
    return this.deps.store.moments(runId);
  }

  /** Keeps an episode for as long as its run is kept; false where it is gone, or too many are held. */
  hold(runId: string, episodeId: string): boolean {
    const driver = this.driver(runId);
    return this.deps.store.holdMoment(runId, (replay) => driver.momentOf(replay), episodeId);
  }

  /** The kept checkpoint nearest to the weights that played an episode's end; undefined where there is none. */
  playedBy({ source }: Replay): PlayedBy | undefined {
    const all = this.deps.checkpoints.list(source.runId);
    // An update's episodes are played by the weights that the update before it left.
    const at = all.findIndex(({ envSteps }) => envSteps < source.envSteps);
    const own = all[at];
    const nearest = own ?? all.at(-1);
    if (!nearest) return undefined;
    const { settings } = this.get(source.runId);
    const anUpdate = settings.environments * settings.rolloutSteps;
    const { id, envSteps } = nearest;
    return { policy: id, envSteps, exact: !!own && envSteps + anUpdate >= source.envSteps };
  }

  /** An episode that viewers were shown and that is kept. */
  episode(runId: string, episodeId: string): Replay {
    this.driver(runId);
    const replay = this.deps.store.episode(runId, episodeId);
    if (!replay)
      throw new RequestError(
        'not-found',
        `Episode ${episodeId} is no longer kept; record an episode soon after it was played, or open its link.`,
        'episodeId',
      );
    return replay;
  }

  /** Makes a run and starts it; pauses the oldest active one where too many would be going. */
  async create(request: CreateRun): Promise<RunInfo> {
    this.refuseWhileClosing();
    const { prove, levelIds } = this.deps;
    const level = await levelAskedFor(request, levelIds, prove);
    this.refuseWhileClosing();
    const maxRuns = this.deps.maxRuns ?? 1000;
    if (this.drivers.size >= maxRuns)
      throw new RequestError('too-many', `This server keeps at most ${maxRuns} runs.`);
    const init = request.init ?? this.shippedOrScratch(DEFAULT_INIT);
    const initFile = await this.resolveInit(init);
    const learning = request.learning ?? learningFor(init);
    const nature = await policyAskedFor(request, init, initFile);
    refuseIdle(learning, nature.policy, request.settings);
    const { engine = 'auto', workers = 0 } = this.deps;
    const settings = { ...settingsFor(init, learning), ...request.settings };
    const warning = checkCost(
      nature,
      settings,
      { engine, workers },
      this.memoryLimit,
      request.settings === undefined,
    );
    const info: RunInfo = {
      id: this.newId(),
      name: request.name ?? nameFor(level, new Set(this.list().map(({ name }) => name))),
      levelId: level.levelId,
      status: 'starting',
      createdAt: this.nextCreatedAt(),
      init,
      ...(request.curriculum ? { curriculum: request.curriculum } : {}),
      learning,
      ...nature,
      seed: request.seed ?? randomInt(2 ** 31),
      envSteps: 0,
      episodes: 0,
      updates: 0,
      seconds: 0,
      settings,
      rewards: { ...DEFAULT_REWARDS, ...request.rewards },
    };
    const stored: StoredRun = { info, wanted: 'running', engine, workers };
    this.deps.store.putRun(stored);
    const driver = this.addDriver(stored);
    this.makeRoomFor(driver);
    await driver.start(async () => initFile, warning);
    void this.tidy();
    return driver.info;
  }

  /** Answered within a second; where the run is not paused by then, its `pending` says so. */
  async pause(runId: string): Promise<RunInfo> {
    const driver = this.driver(runId);
    if (driver.wanted === 'running') await this.soon(driver.pause());
    return written(driver);
  }

  /** Goes on with a run that is paused, stopped or failed, from where it was or its last checkpoint. */
  async resume(runId: string): Promise<RunInfo> {
    this.refuseWhileClosing();
    const driver = this.driver(runId);
    if (driver.wanted === 'running') {
      driver.nudge();
      return driver.info;
    }
    if (this.doomed.has(driver))
      throw new RequestError('conflict', `${driver.info.name} is being deleted.`, 'runId');
    this.makeRoomFor(driver);
    await this.soon(driver.start(() => this.resolveInit(driver.info.init)));
    return written(driver);
  }

  /** Answered within a second, as `pause`. */
  async stop(runId: string): Promise<RunInfo> {
    const driver = this.driver(runId);
    if (driver.info.status !== 'stopped') await this.soon(driver.end('stop'));
    return written(driver);
  }

  /**
   * Removes a run, its measurements and its checkpoints; what was recorded of it stays. Answered within a
   * second: false where its trainer has to end first, and the run is gone after that.
   */
  async delete(runId: string): Promise<boolean> {
    const driver = this.driver(runId);
    if (driver.isActive)
      throw new RequestError(
        'conflict',
        `${driver.info.name} is training; stop it, then delete it.`,
        'runId',
      );
    if (this.doomed.has(driver)) return false;
    if (!driver.hasTrainer) {
      this.remove(runId, driver);
      return true;
    }
    this.doomed.add(driver);
    return this.soon(
      driver
        // Nothing of it is kept, so nothing is waited for.
        .end('stop', 0)
        .then(() => this.remove(runId, driver))
        .finally(() => this.doomed.delete(driver)),
    );
  }

  private remove(runId: string, driver: RunDriver): void {
    this.deps.store.deleteRun(runId);
    driver.forget();
    this.drivers.delete(runId);
    this.tell('removed', runId, runId);
    // Last: what belongs to no run is only space lost, a run without its checkpoints would be worse.
    this.deps.checkpoints.remove(runId);
  }

  /** Merges settings; those that are fixed once a run began are refused. */
  setSettings(runId: string, patch: CommandPayload<'run:settings'>['settings']): RunInfo {
    const driver = this.driver(runId);
    const fixed = (Object.keys(patch) as TrainSettingId[]).find(
      (id) => !LIVE_SETTING_IDS.includes(id) && patch[id] !== driver.info.settings[id],
    );
    if (fixed)
      throw new RequestError(
        'bad-request',
        `settings.${fixed} can only be chosen when a run is created; it is ${driver.info.settings[fixed]} in this one`,
        `settings.${fixed}`,
      );
    refuseIdle(driver.info.learning, driver.info.policy, patch);
    const { info, compute } = driver;
    const settings = { ...info.settings, ...patch };
    const warning = checkCost(info, settings, compute, this.memoryLimit);
    driver.change('settings', patch);
    if (warning !== undefined) driver.warn(warning);
    return driver.info;
  }

  describe(runId: string, patch: Omit<CommandPayload<'run:describe'>, 'runId'>): RunInfo {
    const driver = this.driver(runId);
    driver.describe(patch);
    return driver.info;
  }

  /** All measurements that are kept of a run. */
  points(runId: string): MetricPoint[] {
    this.driver(runId);
    return this.deps.store.points(runId, Number.POSITIVE_INFINITY);
  }

  /** A run's kept checkpoints, newest first. */
  checkpoints(runId: string): CheckpointLine[] {
    this.driver(runId);
    return this.deps.checkpoints
      .list(runId)
      .map(({ id, updates, envSteps, bytes, evalSuccess, savedAt }) => ({
        ...{ id, updates, envSteps, bytes, savedAt },
        ...(evalSuccess !== undefined && { evalSuccess }),
      }));
  }

  /** The file of a checkpoint, by its id or its run's. */
  async checkpointFile(id: string): Promise<string> {
    const found = await this.deps.checkpoints.find(id);
    if (found) return found.file;
    throw new RequestError('not-found', `There is no checkpoint ${id} (any more).`, 'checkpointId');
  }

  /** Keeps a policy that somebody brought as a file. */
  upload(bytes: Uint8Array): Promise<UploadedCheckpoint> {
    this.refuseWhileClosing();
    return keepUpload(this.deps.checkpoints, bytes);
  }

  setRewards(runId: string, patch: CommandPayload<'run:rewards'>['rewards']): RunInfo {
    const driver = this.driver(runId);
    driver.change('rewards', patch);
    return driver.info;
  }

  /**
   * Lets every trainer finish its update and save; they go on when the server starts again. Returns in words
   * what could not be saved.
   */
  async shutDown(graceSeconds = 20): Promise<string[]> {
    this.isClosing = true;
    await Promise.all(
      [...this.drivers.values()]
        .filter((driver) => driver.hasTrainer || driver.isActive)
        .map((driver) => driver.end('shutdown', graceSeconds)),
    );
    return [...this.drivers.values()].flatMap(({ info, unwritten, unkept }) => {
      const why = unwritten ?? unkept;
      return why === undefined ? [] : [`${info.name}: ${why}`];
    });
  }

  private shippedOrScratch(name: string): string {
    return this.deps.shippedCheckpoints.includes(name) ? name : 'scratch';
  }

  /** Of one trainer. */
  private get memoryLimit(): number {
    return this.deps.drive?.memoryLimit ?? DEFAULT_DRIVE.memoryLimit;
  }

  private get maxActive(): number {
    return this.deps.maxActive ?? 1;
  }

  /** Waits for a wish to come true, but not longer than an answer may take. True where it has. */
  private async soon(wish: Promise<unknown>): Promise<boolean> {
    let isLate = false;
    const done = wish.then(
      () => true,
      (error: Error) => {
        if (!isLate) throw error;
        this.deps.log('error', error.message);
        return false;
      },
    );
    const isDone = await Promise.race([done, sleep(ANSWER_MS, false, { ref: false })]);
    isLate = true;
    return isDone;
  }

  private tell<E extends keyof Events>(event: E, runId: string, ...args: Events[E]): void {
    this.snapshots.forget(runId);
    // An emitter whose events are a type parameter takes no tuple of them.
    (this as EventEmitter).emit(event, ...args);
  }

  private addDriver(stored: StoredRun): RunDriver {
    const { store, checkpoints, launch, log } = this.deps;
    const options = () => ({ ...DEFAULT_DRIVE, limits: this.limits, ...this.deps.drive });
    const driver = new RunDriver(stored, {
      store,
      checkpoints,
      launch,
      // Looked up anew at each start of a trainer: the more runs, the smaller each one's share.
      get options() {
        return options();
      },
      events: {
        state: (run) => this.tell('state', run.id, run),
        point: (runId, point) => this.tell('point', runId, runId, point),
        episode: (runId, replay) => this.tell('episode', runId, runId, replay),
        changed: (runId, change) => this.tell('changed', runId, runId, change),
        log: (level, message, detail) => log(level, `${stored.info.id}: ${message}`, detail),
      },
    });
    this.drivers.set(stored.info.id, driver);
    return driver;
  }

  /** Not awaited: the newcomer loads while the others finish their update and save. */
  private makeRoomFor(newcomer: RunDriver): void {
    const active = [...this.drivers.values()].filter(
      (driver) => driver !== newcomer && driver.isActive,
    );
    for (const driver of active.slice(0, Math.max(0, active.length + 1 - this.maxActive)))
      void driver.end('park');
  }

  /** Each run's share of the space for checkpoints. */
  private get limits(): RetentionLimits {
    const total = this.deps.checkpointBytes ?? DEFAULT_CHECKPOINT_BYTES;
    const share = Math.floor(total / Math.max(1, this.drivers.size));
    return { ...DEFAULT_LIMITS, bytes: Math.min(DEFAULT_LIMITS.bytes, share) };
  }

  /** Keeps runs that nobody trains within their share; one at a time, serving others in between. */
  private async tidy(): Promise<void> {
    const { limits } = this;
    if (limits.bytes >= DEFAULT_LIMITS.bytes) return;
    for (const driver of [...this.drivers.values()]) {
      await breathe();
      if (driver.hasTrainer || this.isClosing) continue;
      try {
        this.deps.checkpoints.prune(driver.info.id, limits);
      } catch (error) {
        this.deps.log('warn', `Could not tidy checkpoints: ${(error as Error).message}`);
        return;
      }
    }
  }

  /** Runs are listed by it, so it grows even where the machine's clock has gone back. */
  private nextCreatedAt(): number {
    const newest = Math.max(0, ...[...this.drivers.values()].map(({ info }) => info.createdAt));
    return Math.max(Date.now(), newest + 1);
  }

  private driver(runId: string): RunDriver {
    const driver = this.drivers.get(runId);
    if (!driver) throw new RequestError('not-found', `There is no run ${runId}.`, 'runId');
    return driver;
  }

  /** What the trainer is given for a run's `init`: a shipped name, `scratch`, or a checkpoint's file. */
  private async resolveInit(init: string): Promise<string> {
    if (init === 'scratch' || this.deps.shippedCheckpoints.includes(init)) return init;
    const checkpoint = await this.deps.checkpoints.find(init);
    if (checkpoint) return checkpoint.file;
    throw new RequestError(
      'bad-request',
      `init is "${init}"; accepted: ${['scratch', ...this.deps.shippedCheckpoints].map((name) => `"${name}"`).join(', ')}, or the id of a run with a saved checkpoint`,
      'init',
    );
  }

  private newId(): string {
    for (;;) {
      const id = `run-${randomInt(36 ** 6)
        .toString(36)
        .padStart(6, '0')}`;
      if (!this.drivers.has(id)) return id;
    }
  }

  private refuseWhileClosing(): void {
    if (this.isClosing) throw new RequestError('conflict', 'The server is shutting down.');
  }
}
