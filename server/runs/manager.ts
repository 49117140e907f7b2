import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import { closestIds, resolveLevel } from '../../envs/index.ts';
import {
  DEFAULT_SETTINGS,
  type EngineChoice,
  LIVE_SETTING_IDS,
  settingsFor,
  type TrainSettingId,
  type TrainSettings,
} from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type {
  CommandPayload,
  RunInfo,
  RunSnapshot,
  SettingsChange,
} from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { type CheckpointFolder, DEFAULT_LIMITS } from '../storage/checkpoints.ts';
import type { RetentionLimits } from '../storage/retention.ts';
import type { RunStore, StoredRun } from '../storage/store.ts';
import { DEFAULT_DRIVE, type DriveOptions } from './driveOptions.ts';
import { RequestError } from './errors.ts';
import type { Launch } from './launcher.ts';
import { checkMadeLevel, isMadeByHand } from './missions.ts';
import { policyAskedFor } from './policyAskedFor.ts';
import { RunDriver } from './runDriver.ts';

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

export { RequestError };

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

const SNAPSHOT_POINTS = 1000;
const SNAPSHOT_CHANGES = 1000;
const SNAPSHOT_EPISODES = 12;
const SNAPSHOT_EPISODE_BYTES = 300_000;

/** A stored run with the settings that came later than it, as they were before there was a choice. */
function completed({ info, ...rest }: StoredRun): StoredRun {
  const then: TrainSettings = { ...DEFAULT_SETTINGS, valueShare: 1 };
  const settings = Object.assign(then, info.settings);
  return { ...rest, info: { ...info, settings } };
}

/** All runs of this server: the only door to them for sockets and routes. Emits what viewers are told. */
export class RunManager extends EventEmitter<Events> {
  private readonly deps: ManagerDeps;
  private readonly drivers = new Map<string, RunDriver>();
  private isClosing = false;

  constructor(deps: ManagerDeps) {
    super();
    this.deps = deps;
    for (const stored of deps.store.listRuns().reverse()) this.addDriver(completed(stored));
  }

  /**
   * Goes on with the runs that were going when the server ended; with nothing stored, makes the
   * default run. Call once.
   */
  async startUp(): Promise<void> {
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

  /** Everything that a new viewer of the run needs. */
  snapshot(runId: string): RunSnapshot {
    const driver = this.driver(runId);
    return {
      run: driver.info,
      metrics: this.deps.store.points(runId, SNAPSHOT_POINTS),
      changes: this.deps.store.changes(runId).slice(-SNAPSHOT_CHANGES),
      episodes: driver.episodes.newest(SNAPSHOT_EPISODES, SNAPSHOT_EPISODE_BYTES),
    };
  }

  /** An episode that viewers were shown lately. */
  episode(runId: string, episodeId: string): Replay {
    const replay = this.driver(runId).episodes.find(episodeId);
    if (!replay)
      throw new RequestError(
        'not-found',
        `Episode ${episodeId} is no longer kept; record an episode soon after it was played.`,
        'episodeId',
      );
    return replay;
  }

  /** Makes a run and starts it; pauses the oldest active one where too many would be going. */
  async create(request: CreateRun): Promise<RunInfo> {
    this.refuseWhileClosing();
    const levelId = await this.acceptedLevel(request);
    for (const easier of request.curriculum ?? []) this.checkRegistered(easier, 'curriculum');
    this.refuseWhileClosing();
    const maxRuns = this.deps.maxRuns ?? 1000;
    if (this.drivers.size >= maxRuns)
      throw new RequestError('too-many', `This server keeps at most ${maxRuns} runs.`);
    const init = request.init ?? this.shippedOrScratch(DEFAULT_INIT);
    const initFile = await this.resolveInit(init);
    const nature = await policyAskedFor(request, init, initFile);
    const info: RunInfo = {
      id: this.newId(),
      name: request.name ?? this.nameFor(levelId),
      levelId,
      status: 'starting',
      createdAt: this.nextCreatedAt(),
      init,
      ...(request.curriculum ? { curriculum: request.curriculum } : {}),
      ...nature,
      seed: request.seed ?? randomInt(2 ** 31),
      envSteps: 0,
      episodes: 0,
      updates: 0,
      seconds: 0,
      settings: { ...settingsFor(init), ...request.settings },
      rewards: { ...DEFAULT_REWARDS, ...request.rewards },
    };
    const { engine = 'auto', workers = 0 } = this.deps;
    const stored: StoredRun = { info, wanted: 'running', engine, workers };
    this.deps.store.putRun(stored);
    const driver = this.addDriver(stored);
    this.makeRoomFor(driver);
    await driver.start(async () => initFile);
    void this.tidy();
    return driver.info;
  }

  async pause(runId: string): Promise<RunInfo> {
    const driver = this.driver(runId);
    if (driver.wanted === 'running') await driver.pause();
    return driver.info;
  }

  /** Goes on with a run that is paused, stopped or failed, from where it was or its last checkpoint. */
  async resume(runId: string): Promise<RunInfo> {
    this.refuseWhileClosing();
    const driver = this.driver(runId);
    if (driver.wanted === 'running') {
      driver.nudge();
      return driver.info;
    }
    this.makeRoomFor(driver);
    await driver.start(() => this.resolveInit(driver.info.init));
    return driver.info;
  }

  async stop(runId: string): Promise<RunInfo> {
    const driver = this.driver(runId);
    if (driver.info.status !== 'stopped') await driver.end('stop');
    return driver.info;
  }

  /** Removes a run, its measurements and its checkpoints; what was recorded of it stays. */
  async delete(runId: string): Promise<void> {
    const driver = this.driver(runId);
    if (driver.isActive)
      throw new RequestError(
        'conflict',
        `${driver.info.name} is training; stop it, then delete it.`,
        'runId',
      );
    if (driver.hasTrainer) await driver.end('stop');
    // Someone may have resumed it meanwhile.
    if (driver.isActive || this.drivers.get(runId) !== driver)
      throw new RequestError('conflict', `${driver.info.name} was changed meanwhile.`, 'runId');
    this.deps.store.deleteRun(runId);
    driver.forget();
    this.drivers.delete(runId);
    this.emit('removed', runId);
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
    driver.change('settings', patch);
    return driver.info;
  }

  setRewards(runId: string, patch: CommandPayload<'run:rewards'>['rewards']): RunInfo {
    const driver = this.driver(runId);
    driver.change('rewards', patch);
    return driver.info;
  }

  /** Lets every trainer finish its update and save; they go on when the server starts again. */
  async shutDown(graceSeconds = 20): Promise<void> {
    this.isClosing = true;
    await Promise.all(
      [...this.drivers.values()]
        .filter((driver) => driver.hasTrainer || driver.isActive)
        .map((driver) => driver.end('shutdown', graceSeconds)),
    );
  }

  /** The level's id; missions and layouts made by hand are proved first, and spelled as their level is. */
  private async acceptedLevel({ levelId, allowImpossible }: CreateRun): Promise<string> {
    if (isMadeByHand(levelId))
      return (await checkMadeLevel(levelId, 'levelId', allowImpossible)).levelId;
    this.checkRegistered(levelId, 'levelId', ', mission:SENTENCE, or layout: and a layout');
    return levelId;
  }

  private checkRegistered(levelId: string, field: string, others = ''): void {
    if (this.deps.levelIds.includes(levelId)) return;
    const near = closestIds(levelId, 3).join(', ');
    throw new RequestError(
      'bad-request',
      `${field} is ${JSON.stringify(levelId.slice(0, 80))}; accepted: an id that level:list gives, such as ${near}${others}`,
      field,
    );
  }

  private shippedOrScratch(name: string): string {
    return this.deps.shippedCheckpoints.includes(name) ? name : 'scratch';
  }

  private get maxActive(): number {
    return this.deps.maxActive ?? 1;
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
        state: (run) => this.emit('state', run),
        point: (runId, point) => this.emit('point', runId, point),
        episode: (runId, replay) => this.emit('episode', runId, replay),
        changed: (runId, change) => this.emit('changed', runId, change),
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

  private nameFor(levelId: string): string {
    const level = isMadeByHand(levelId)
      ? resolveLevel(levelId).title.slice(0, 70)
      : levelId.replace(/^BabyAI-/, '').replace(/-v\d+$/, '');
    const used = new Set(this.list().map((run) => run.name));
    for (let n = 1; ; n++) if (!used.has(`${level} ${n}`)) return `${level} ${n}`;
  }

  private refuseWhileClosing(): void {
    if (this.isClosing) throw new RequestError('conflict', 'The server is shutting down.');
  }
}
