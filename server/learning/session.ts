// Longer than most files: an update of a run is read top to bottom, with the state that it works on.
import { DEFAULT_SETTINGS, type TrainSettings } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { EngineInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS, type RewardWeights } from '../../shared/rewards.ts';
import { learningByRewards } from '../../shared/usualLearning.ts';
import type { EvaluateOptions } from '../play/evaluate.ts';
import type { Evaluation } from '../play/score.ts';
import type { JsonObject, StoredTensor } from '../policy/checkpoint/index.ts';
import { KINDS } from '../policy/kinds/index.ts';
import { type Nature, natureOf } from '../policy/nature.ts';
import { hashOfPolicy, readPolicy, writePolicy } from '../policy/policyFile.ts';
import type { PolicyConfig } from '../policy/presets.ts';
import { evaluateOn } from './evaluation/evaluatePolicy.ts';
import { faithfulnessOn } from './evaluation/faithfulness.ts';
import { type Cloning, cloningOf, measured, measuredTest } from './measured.ts';
import { DivergedError } from './ppo/diverged.ts';
import type { Mode } from './ppo/lossWeights.ts';
import { scheduledRate } from './ppo/schedule.ts';
import { RecentEpisodes } from './recent.ts';
import type { EpisodeEnd } from './rollout/episodeLog.ts';
import { PlanesOfRun } from './rollout/plane.ts';
import { CLONING, FINE_TUNING, NO_TEACHING } from './rollout/teaching.ts';
import { type RunState, readRunState, runTensors, withoutWorlds } from './runState.ts';
import {
  historyOf,
  levelsOf,
  modeOf,
  playedLevels,
  type SessionOptions,
  startOf,
} from './sessionOptions.ts';
import type {
  CreateTrainSession,
  Progress,
  ResumeFrom,
  TrainSession,
  UpdateReport,
} from './types.ts';
import { settleCompute } from './workers/compute.ts';
import { WorkerGroup, worldsOf } from './workers/group.ts';
import type { ThreadProfile } from './workers/threadProfile.ts';
import type { WorkerMemory } from './workers/workerProtocol.ts';

/** Worlds of each worker whose episodes viewers see. */
const RECORDED = 2;

/** Starts the learner of a run that people watch; see `TrainSession`. */
export const createTrainSession: CreateTrainSession = (options, resume) =>
  PolicySession.create({ ...options, readouts: true, faithfulness: true }, resume);

export class PolicySession implements TrainSession {
  readonly engine: EngineInfo;
  readonly parameters: number;
  private readonly options: SessionOptions;
  private readonly config: PolicyConfig;
  private readonly group: WorkerGroup;
  private readonly history: JsonObject[];
  private readonly reference: Float32Array | undefined;
  private readonly settings: TrainSettings;
  private readonly rewards: RewardWeights;
  private readonly recent = new RecentEpisodes();
  /** In the newest update. */
  cloning: Cloning = { actionAccuracy: 0, goalAccuracy: 0 };
  private readonly planes: PlanesOfRun;
  /** How often its workers had come by when the newest update began. */
  private reachedBefore = 0;
  private updates = 0;
  /** How it learnt in the newest update, and in how many before it without a break. */
  private sofar: { mode: Mode; updates: number };
  private envSteps = 0;
  private episodes = 0;
  private seconds = 0;

  private constructor(
    options: SessionOptions,
    config: PolicyConfig,
    group: WorkerGroup,
    history: readonly JsonObject[],
    reference: Float32Array | undefined,
    parameters: number,
    reason: string,
  ) {
    this.options = options;
    this.config = config;
    this.group = group;
    this.history = [...history];
    this.reference = reference;
    // A run saved before a setting or a reward term existed has no value for it.
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.rewards = { ...DEFAULT_REWARDS, ...options.rewards };
    this.parameters = parameters;
    this.sofar = { mode: this.mode, updates: 0 };
    this.planes = new PlanesOfRun(config.latents * config.width);
    const { engine, description } = group.engine;
    this.engine = { name: engine, workers: group.size, reason: `${description}; ${reason}` };
  }

  /** @param resume a run's checkpoint to go on from; a text is its file */
  static async create(
    options: SessionOptions,
    resume?: string | ResumeFrom,
  ): Promise<PolicySession> {
    const { file: resumeFile, worlds = 'kept' } =
      typeof resume === 'string' ? { file: resume } : (resume ?? {});
    const from = resumeFile ?? (options.init === 'scratch' ? undefined : options.init);
    const file = from === undefined ? undefined : await readPolicy(from, options.mode === 'clone');
    const kept = resumeFile && file ? readRunState(file) : undefined;
    const state = kept && (worlds === 'anew' ? withoutWorlds(kept, file?.history) : kept);
    const { settings } = options;
    const start = startOf(file, options, state !== undefined);
    const { config } = start;
    const { weights } = start;
    // Runs that are gone on with keep the critics that they began with.
    const reference = state ? state.reference : file && weights;
    const compute = await settleCompute(options, config, settings.environments);
    const size = state?.workers.length || compute.workers;
    const group = await WorkerGroup.start(size, (rank) => ({
      engine: compute.engine,
      config,
      weights,
      reference: options.mode === 'clone' ? undefined : reference,
      seed: options.seed,
      ...playedLevels(options, historyOf(file, state)),
      seeds: options.seeds,
      envs: worldsOf(settings.environments, size, rank),
      rolloutSteps: settings.rolloutSteps,
      rewards: options.rewards,
      rewardScale: settings.rewardScale,
      recorded: RECORDED,
      readouts: options.readouts ?? false,
      attempts: modeOf(options) === 'self-cloning',
      stepsPerTurn: settings.environments,
      runId: options.runId,
      envSteps: state?.counters.envSteps ?? 0,
      resume: state?.workers[rank],
    }));
    const session = new PolicySession(
      options,
      config,
      group,
      historyOf(file, state),
      reference,
      weights.length,
      compute.reason,
    );
    if (state) await session.goOnFrom(state);
    return session;
  }

  private async goOnFrom(state: RunState): Promise<void> {
    const { updates, envSteps, episodes, seconds } = state.counters;
    Object.assign(this, { updates, envSteps, episodes, seconds });
    this.sofar = { mode: this.mode, updates, ...state.sofar };
    this.recent.restore(state.recent);
    await this.group.all('restore', () => state.learner);
  }

  /** Holds the workers before their next step or minibatch, or lets them go on; results do not depend on it. */
  hold(isHeld: boolean): void {
    this.group.pace.hold(isHeld);
  }

  get progress(): Progress {
    const { reached } = this.group.pace;
    const { rolloutSteps, epochs, minibatches } = this.settings;
    // Attempts are imitated in some updates only: most of the time is spent playing.
    const learnt = this.mode === 'self-cloning' ? 0 : epochs * minibatches;
    const steps = this.group.size * (rolloutSteps + learnt);
    return { reached, share: Math.min(1, (reached - this.reachedBefore) / steps) };
  }

  async update(
    onEpisode?: (replay: Replay) => void,
    onTested?: (done: number, of: number) => void,
  ): Promise<UpdateReport> {
    const begun = performance.now();
    this.reachedBefore = this.group.pace.reached;
    const { settings, rewards, options } = this;
    const { mode } = this;
    if (mode !== this.sofar.mode) this.sofar = { mode, updates: 0 };
    const besideReward =
      mode === 'self-cloning'
        ? { ...NO_TEACHING, draws: true }
        : {
            ...(settings.goalWeight > 0 ? FINE_TUNING : NO_TEACHING),
            draws: settings.plannerWeight > 0,
            hindsight: settings.hindsightWeight > 0,
          };
    const teaching = options.teaching ?? (mode === 'clone' ? CLONING : besideReward);
    const learningRate = scheduledRate(settings, this.envSteps);
    const shown: Replay[][] = Array.from({ length: this.group.size }, () => []);
    const replies = await this.group.all(
      'update',
      () => ({
        settings: { ...settings, learningRate },
        rewards,
        mode,
        teaching,
        updates: this.sofar.updates,
        planes: this.planes.newest,
      }),
      (rank, replay) => {
        if ('tested' in replay) return;
        shown[rank].push(replay);
        onEpisode?.(replay);
      },
    );
    this.planes.add(replies.flatMap(({ carries }) => carries));
    this.updates++;
    this.sofar.updates++;
    this.envSteps += settings.environments * settings.rolloutSteps;
    const ends = replies.flatMap((reply) => reply.ends);
    for (const end of ends) this.note(end);
    // The first update is tested too: while the value warms up the policy is still the one it started from.
    const due = this.updates === 1 || this.updates % settings.evalEvery === 0;
    const testNow = settings.evalEvery > 0 && mode !== 'clone' && due;
    const evaluation = testNow ? await this.heldOut(onEpisode, onTested) : undefined;
    const faithfulness = testNow ? await this.measureFaithfulness() : undefined;
    const seconds = (performance.now() - begun) / 1000;
    this.seconds += seconds;
    this.cloning = cloningOf(replies[0].stats);
    const values = {
      ...measured(replies, mode, settings, this.reference !== undefined),
      ...this.recent.values,
      ...measuredTest(evaluation, faithfulness),
      learningRate,
      stepsPerSecond: (settings.environments * settings.rolloutSteps) / seconds,
    };
    return { point: { ...this.counters, values }, episodes: interleave(shown) };
  }

  private note(end: EpisodeEnd): void {
    this.episodes++;
    // Success means success on the level itself, not on the easier ones of the curriculum.
    const { curriculum, settings } = this.options;
    const mayTryAgain = modeOf(this.options) === 'self-cloning';
    const isOneOfSeveral = curriculum || (mayTryAgain && settings.keepSkills > 0);
    if (isOneOfSeveral && end.levelId !== this.options.levelId) return;
    // Hard worlds are played often: counting every attempt would tell of them alone.
    if (end.again) return;
    this.recent.add(end);
  }

  private heldOut(
    onEpisode?: (replay: Replay) => void,
    onTested?: (done: number, of: number) => void,
  ): Promise<Evaluation> {
    const { options, settings, envSteps } = this;
    const { evalEpisodes: episodes, rewardScale } = settings;
    // Every test uses the same seeds, so that differences come from the policy.
    const test = { levelId: options.levelId, episodes, seedBase: EVAL_SEED_BASE, greedy: false };
    if (!onEpisode || !onTested) return this.evaluate(test);
    onTested(0, episodes);
    return evaluateOn(this.group, test, {
      show: { runId: options.runId, envSteps, rewardScale, recorded: RECORDED },
      onEpisode,
      onTested: (done) => onTested(done, episodes),
    });
  }

  private async measureFaithfulness(): Promise<number | undefined> {
    const { options, config, updates, settings } = this;
    const isDue = updates === 1 || (updates / settings.evalEvery) % 2 === 0;
    if (!options.faithfulness || !isDue || !KINDS[config.kind].planner) return undefined;
    return faithfulnessOn(this.group, options.levelId);
  }

  private get mode(): Mode {
    const { options, rewards } = this;
    return options.followsRewards ? learningByRewards(rewards).learning : modeOf(options);
  }

  /** What its policy is, whatever was asked for. */
  get nature(): Nature {
    return natureOf(this.config);
  }

  /** What the run has done so far, before it was resumed too. */
  get counters(): RunState['counters'] {
    const { updates, envSteps, episodes, seconds } = this;
    return { updates, envSteps, episodes, seconds };
  }

  /** Plays held-out episodes, shared out among the workers. */
  evaluate(options: EvaluateOptions): Promise<Evaluation> {
    return evaluateOn(this.group, options);
  }

  /**
   * Shares of actions and goals that are the expert's, of the present weights: one more rollout, of which
   * nothing is learnt. For sessions that clone.
   */
  async measureCloning(): Promise<Cloning> {
    const { learningRate } = this.settings;
    this.applySettings({ learningRate: 0 });
    await this.update();
    this.applySettings({ learningRate });
    return this.cloning;
  }

  applySettings(patch: Partial<TrainSettings>): void {
    Object.assign(this.settings, patch);
  }

  applyRewards(patch: Partial<RewardWeights>): void {
    Object.assign(this.rewards, patch);
  }

  async save(file: string): Promise<{ weightsHash: string; bytes: number }> {
    const replies = await this.group.all('record', (rank) => ({ learner: rank === 0 }));
    const learner = replies[0].learner!;
    for (const part of ['weights', 'adamM', 'adamV'] as const) {
      // One such number in a checkpoint spoils every update that starts from it.
      if (!learner[part].every(Number.isFinite))
        throw new DivergedError('A number in the policy or its optimiser is no longer finite.');
    }
    const run = runTensors({
      counters: this.counters,
      recent: this.recent.record(),
      learner,
      reference: this.reference,
      workers: replies.map((reply) => reply.worker),
      earlier: this.history,
      sofar: this.sofar,
    });
    return this.write(file, learner.weights, run);
  }

  /** Hash of the present weights, as a saved file states it. */
  async hash(): Promise<{ weightsHash: string }> {
    return { weightsHash: hashOfPolicy(this.config, await this.weights()) };
  }

  /** Writes the policy alone, to ship it or to start from it. */
  async export(file: string): Promise<{ weightsHash: string; bytes: number }> {
    return this.write(file, await this.weights());
  }

  /** What each worker does from `begin` to `end`, by kind; see `ThreadProfile`. */
  profile(when: 'begin' | 'end'): Promise<(ThreadProfile | null)[]> {
    return this.group.all('profile', () => when);
  }

  /** What each worker holds. */
  memory(): Promise<WorkerMemory[]> {
    return this.group.all('memory', () => null);
  }

  private async weights(): Promise<Float32Array> {
    const [{ learner }] = await this.group.all('record', (rank) => ({ learner: rank === 0 }));
    return learner!.weights;
  }

  private write(
    file: string,
    weights: Float32Array,
    run?: { state: JsonObject; tensors: Map<string, StoredTensor> },
  ) {
    const { options, history } = this;
    const stage: JsonObject = {
      // How it began: one that follows its rewards can always go back to that.
      mode: modeOf(options),
      ...(options.followsRewards ? { followsRewards: true } : {}),
      levels: levelsOf(options),
      init: options.init,
      envSteps: this.envSteps,
      updates: this.updates,
      seconds: Math.round(this.seconds),
      settings: { ...this.settings },
      rewards: { ...this.rewards },
      engine: this.engine.name,
      workers: this.engine.workers,
      ...options.stage,
    };
    return writePolicy(file, {
      config: this.config,
      weights,
      history: [...history, stage],
      seeds: { run: options.seed },
      run,
    });
  }

  dispose(): Promise<void> {
    return this.group.dispose();
  }
}

function interleave(lists: Replay[][]): Replay[] {
  const mixed: Replay[] = [];
  for (let i = 0; lists.some((list) => i < list.length); i++) {
    for (const list of lists) if (i < list.length) mixed.push(list[i]);
  }
  return mixed;
}
