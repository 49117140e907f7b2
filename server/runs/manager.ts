// Longer than most files: the commands on runs are one list, which the class answers one after the other.
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadedCheckpoint } from '../../shared/checkpoints.ts';
import type { EngineChoice } from '../../shared/config.ts';
import type { RecordPatch } from '../../shared/intent.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type {
  CommandPayload,
  RecordingInfo,
  RunInfo,
  SettingsChange,
} from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import { learningNotice } from '../../shared/usualLearning.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';
import { type RunStore, StorageError, type StoredRun } from '../storage/store.ts';
import { MAIN_TASK } from '../tasks/index.ts';
import { RunArchive } from './archive.ts';
import { CheckpointSpace } from './checkpointSpace.ts';
import { DEFAULT_DRIVE, type DriveOptions } from './driveOptions.ts';
import { type ForkPoint, forkPoint, newFork, writeForkPoint } from './fork.ts';
import { Inits } from './inits.ts';
import type { Launch } from './launcher.ts';
import { type AcceptedLevel, levelAskedFor, type Prove } from './levelAskedFor.ts';
import { type CreateRun, checkPatch, newRun } from './newRun.ts';
import { completed, rebuilt } from './rebuild.ts';
import { RunDriver } from './runDriver.ts';
import { RunTable } from './runTable.ts';
import { keepUpload } from './uploads.ts';

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
  /** Runs whose rows in the database are damaged, by what can still be read of them: they are rebuilt. */
  damagedRuns?: readonly (Pick<StoredRun, 'wanted'> & { id: string })[];
  /** Proves a mission or layout made by hand; by default here, which takes up to a second or two. */
  prove?: Prove;
  /** How many runs may train at the same time; starting one more pauses the oldest. */
  maxActive?: number;
  /** How many runs may be kept in all. */
  maxRuns?: number;
  /** For the checkpoints of all runs; only what is always kept of each may pass it. */
  checkpointBytes?: number;
  drive?: Partial<DriveOptions>;
  /** What to begin with where nothing is stored; by default the main task's first run. */
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
  recorded: [runId: string, recording: RecordingInfo];
  unrecorded: [runId: string, recordingId: string];
  removed: [runId: string];
};

/** A command is answered after this long with what is still to happen. */
const ANSWER_MS = 800;

/** The run as it is. Throws a `StorageError` where that is not written down. */
function written({ info, unwritten }: RunDriver): RunInfo {
  if (unwritten === undefined) return info;
  throw new StorageError(
    `${info.name} is ${info.status} now, but that could not be written down: ${unwritten} It is tried again by itself; where the server ends before it works, the run may be at its next start as it was before.`,
  );
}

/**
 * All runs of this server, the only door to them for sockets and routes: what can be done with them; `archive` is what
 * is kept of them. Emits what viewers are told.
 */
export class RunManager extends EventEmitter<Events> {
  readonly archive: RunArchive;
  private readonly deps: ManagerDeps;
  private readonly runs = new RunTable();
  private readonly inits: Inits;
  private readonly space: CheckpointSpace;
  /** To be deleted as soon as their trainer has ended. */
  private readonly doomed = new Set<RunDriver>();
  private isClosing = false;

  constructor(deps: ManagerDeps) {
    super();
    this.deps = deps;
    const { store, checkpoints, shippedCheckpoints, checkpointBytes, log } = deps;
    this.archive = new RunArchive(this.runs, store, checkpoints);
    this.inits = new Inits(shippedCheckpoints, checkpoints);
    this.space = new CheckpointSpace(this.runs, checkpoints, checkpointBytes, (message) =>
      log('warn', message),
    );
    checkpoints.prepare();
    for (const stored of store.listRuns().reverse()) this.addDriver(completed(stored));
  }

  /**
   * Goes on with the runs that were going when the server ended; with nothing stored, makes the
   * default run. Call once.
   */
  async startUp(): Promise<void> {
    const again = await this.rebuild();
    const newestFirst = this.runs.all().reverse();
    if (newestFirst.length === 0) {
      await this.create(
        this.deps.firstRun ?? {
          ...MAIN_TASK.firstRun,
          init: this.inits.shippedOrScratch(MAIN_TASK.firstRun.init),
        },
      );
      return;
    }
    let free = this.maxActive;
    for (const driver of newestFirst) {
      const { status } = driver.info;
      if (driver.wanted === 'running' && free-- > 0)
        await driver.start(
          () => this.inits.fileOf(driver.info.init),
          again.has(driver) ? driver.info.message : undefined,
        );
      else if (status === 'running' || status === 'starting' || driver.wanted === 'running')
        await driver.catchUp().then(() => driver.end('park'));
    }
    void this.space.tidy();
  }

  /** Takes up runs that the database lacks, from what their newest good checkpoints say of them. Returns them. */
  private async rebuild(): Promise<Set<RunDriver>> {
    const { wasRestored, damagedRuns = [], checkpoints, store, log } = this.deps;
    const again = new Set<RunDriver>();
    if (!wasRestored && damagedRuns.length === 0) return again;
    for (const runId of checkpoints.runIds()) {
      if (this.runs.has(runId)) continue;
      const newest = await checkpoints.newestGood(runId);
      if (!newest) continue;
      const stored = rebuilt(
        newest,
        damagedRuns.find(({ id }) => id === runId),
      );
      if (!stored) {
        log('warn', `${runId} has checkpoints, but nothing says what it was.`);
        continue;
      }
      store.putRun(stored);
      const driver = this.addDriver(stored);
      await driver.catchUp();
      again.add(driver);
      log('warn', `${runId} (${stored.info.name}): ${stored.info.message}`);
    }
    for (const { id } of damagedRuns)
      if (!this.runs.has(id))
        log('warn', `${id} cannot be rebuilt: it has no good checkpoint that says what it was.`);
    return again;
  }

  /** Newest first. */
  list(): RunInfo[] {
    return this.runs.infos();
  }

  /** The run that someone who comes new should see. */
  get defaultRunId(): string | undefined {
    const runs = this.list();
    return (runs.find(({ status }) => status === 'running' || status === 'starting') ?? runs[0])
      ?.id;
  }

  get(runId: string): RunInfo {
    return this.runs.get(runId).info;
  }

  /** Makes a run and starts it; pauses the oldest active one where too many would be going. */
  async create(request: CreateRun): Promise<RunInfo> {
    this.refuseWhileClosing();
    const { prove, levelIds } = this.deps;
    const { fork: forkAsked, levelId: levelAsked } = request;
    const { store, checkpoints } = this.deps;
    const point = forkAsked && (await forkPoint(forkAsked, this.runs, checkpoints, store));
    const levelId = levelAsked ?? point?.parent.info.levelId;
    if (levelId === undefined) throw new Error('A run that is no fork has a level.');
    // A fork's own level was proved when its parent began.
    const level =
      levelId === point?.parent.info.levelId && !request.curriculum
        ? { levelId }
        : await levelAskedFor({ ...request, levelId }, levelIds, prove);
    this.refuseWhileClosing();
    const maxRuns = this.deps.maxRuns ?? 1000;
    if (this.runs.size >= maxRuns)
      throw new RequestError('too-many', `This server keeps at most ${maxRuns} runs.`);
    return point ? this.createFork(request, level.levelId, point) : this.createNew(request, level);
  }

  private async createNew(request: CreateRun, level: AcceptedLevel): Promise<RunInfo> {
    const { engine = 'auto', workers = 0 } = this.deps;
    const machine = { engine, workers, memoryLimit: this.memoryLimit };
    const { stored, initFile, warning } = await newRun(
      request,
      level,
      this.inits,
      this.runs,
      machine,
    );
    this.deps.store.putRun(stored);
    return this.startNew(stored, async () => initFile, warning);
  }

  /** Rolling back is the same: a run goes on from where another was, which stays as it is. */
  private async createFork(
    request: CreateRun,
    levelId: string,
    point: ForkPoint,
  ): Promise<RunInfo> {
    const { store, checkpoints } = this.deps;
    const fork = newFork(request, levelId, point, this.runs, { memoryLimit: this.memoryLimit });
    const { id, init } = fork.stored.info;
    try {
      // The checkpoint first: what belongs to no run is only space lost.
      await writeForkPoint(checkpoints, point, fork);
      this.refuseWhileClosing();
      store.putFork(fork.stored, fork.changes, fork.past);
    } catch (error) {
      checkpoints.remove(id);
      throw error;
    }
    return this.startNew(fork.stored, () => this.inits.fileOf(init), fork.warning);
  }

  private async startNew(
    stored: StoredRun,
    init: () => Promise<string>,
    warning: string | undefined,
  ): Promise<RunInfo> {
    const driver = this.addDriver(stored);
    this.makeRoomFor(driver);
    await driver.start(init, warning);
    void this.space.tidy();
    return driver.info;
  }

  /** Ids of the runs that branched off from a run, the newest first. */
  forksOf(runId: string): string[] {
    return this.runs
      .infos()
      .filter(({ fork }) => fork?.run === runId)
      .map(({ id }) => id);
  }

  /** Answered within a second; where the run is not paused by then, its `pending` says so. */
  async pause(runId: string): Promise<RunInfo> {
    const driver = this.runs.get(runId);
    if (driver.wanted === 'running') await this.soon(driver.pause());
    return written(driver);
  }

  /** Goes on with a run that is paused, stopped or failed, from where it was or its last checkpoint. */
  async resume(runId: string): Promise<RunInfo> {
    this.refuseWhileClosing();
    const driver = this.runs.get(runId);
    if (driver.wanted === 'running') {
      driver.nudge();
      return driver.info;
    }
    if (this.doomed.has(driver))
      throw new RequestError('conflict', `${driver.info.name} is being deleted.`, 'runId');
    this.makeRoomFor(driver);
    await this.soon(driver.start(() => this.inits.fileOf(driver.info.init)));
    return written(driver);
  }

  /** Answered within a second, as `pause`. */
  async stop(runId: string): Promise<RunInfo> {
    const driver = this.runs.get(runId);
    if (driver.info.status !== 'stopped') await this.soon(driver.end('stop'));
    return written(driver);
  }

  /**
   * Removes a run, its measurements and its checkpoints; what was recorded of it stays. Answered within a
   * second: false where its trainer has to end first, and the run is gone after that.
   */
  async delete(runId: string): Promise<boolean> {
    const driver = this.runs.get(runId);
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
    this.runs.remove(runId);
    this.tell('removed', runId, runId);
    // Last: what belongs to no run is only space lost, a run without its checkpoints would be worse.
    this.deps.checkpoints.remove(runId);
  }

  /** Merges settings; those that are fixed once a run began are refused. */
  setSettings(runId: string, patch: CommandPayload<'run:settings'>['settings']): RunInfo {
    const driver = this.runs.get(runId);
    const warning = checkPatch(driver.info, patch, driver.compute, this.memoryLimit);
    driver.change('settings', patch);
    if (warning !== undefined) driver.warn(warning);
    return driver.info;
  }

  describe(runId: string, patch: Omit<CommandPayload<'run:describe'>, 'runId'>): RunInfo {
    const driver = this.runs.get(runId);
    driver.describe(patch);
    return driver.info;
  }

  /** What the run is to record by itself. */
  setRecord(runId: string, patch: RecordPatch): RunInfo {
    const driver = this.runs.get(runId);
    driver.setRecord(patch);
    return driver.info;
  }

  /** Keeps a policy that somebody brought as a file. */
  upload(bytes: Uint8Array): Promise<UploadedCheckpoint> {
    this.refuseWhileClosing();
    return keepUpload(this.deps.checkpoints, bytes);
  }

  setRewards(runId: string, patch: CommandPayload<'run:rewards'>['rewards']): RunInfo {
    const driver = this.runs.get(runId);
    const before = driver.info;
    driver.change('rewards', patch);
    const notice = learningNotice(before, driver.info);
    if (notice !== undefined) driver.warn(notice);
    return driver.info;
  }

  /**
   * Lets every trainer finish its update and save; they go on when the server starts again. Returns in words
   * what could not be saved.
   */
  async shutDown(graceSeconds = 20): Promise<string[]> {
    this.isClosing = true;
    this.space.close();
    await Promise.all(
      this.runs
        .all()
        .filter((driver) => driver.hasTrainer || driver.isActive)
        .map((driver) => driver.end('shutdown', graceSeconds)),
    );
    return this.runs.all().flatMap(({ info, unwritten, unkept }) => {
      const why = unwritten ?? unkept;
      return why === undefined ? [] : [`${info.name}: ${why}`];
    });
  }

  /** For one trainer, in bytes. */
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
    this.archive.changed(runId);
    // An emitter whose events are a type parameter takes no tuple of them.
    (this as EventEmitter).emit(event, ...args);
  }

  private addDriver(stored: StoredRun): RunDriver {
    const { store, checkpoints, launch, log } = this.deps;
    const options = () => ({ ...DEFAULT_DRIVE, limits: this.space.limits, ...this.deps.drive });
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
        recorded: (runId, recording) => this.tell('recorded', runId, runId, recording),
        unrecorded: (runId, recordingId) => this.tell('unrecorded', runId, runId, recordingId),
        log: (level, message, detail) => log(level, `${stored.info.id}: ${message}`, detail),
      },
    });
    this.runs.add(driver);
    return driver;
  }

  /** Not awaited: the newcomer loads while the others finish their update and save. */
  private makeRoomFor(newcomer: RunDriver): void {
    const active = this.runs.all().filter((driver) => driver !== newcomer && driver.isActive);
    for (const driver of active.slice(0, Math.max(0, active.length + 1 - this.maxActive)))
      void driver.end('park');
  }

  private refuseWhileClosing(): void {
    if (this.isClosing) throw new RequestError('conflict', 'The server is shutting down.');
  }
}
