import { DEFAULT_SETTINGS, type TrainSettings } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { EngineInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS, type RewardWeights } from '../../shared/rewards.ts';
import type { EvaluateOptions } from '../play/evaluate.ts';
import { sumGoals } from '../play/keptGoal.ts';
import type { Evaluation } from '../play/score.ts';
import type { JsonObject, StoredTensor } from '../policy/checkpoint/index.ts';
import { KINDS, policyConfig } from '../policy/kinds/index.ts';
import { type Nature, natureOf } from '../policy/nature.ts';
import { freshPolicy, withPlannersCritic } from '../policy/parameters.ts';
import { hashOfPolicy, type PolicyFile, readPolicy, writePolicy } from '../policy/policyFile.ts';
import type { PolicyConfig } from '../policy/presets.ts';
import { evaluateOn } from './evaluation/evaluatePolicy.ts';
import { faithfulnessOn } from './evaluation/faithfulness.ts';
import { DivergedError } from './ppo/diverged.ts';
import type { Mode, UpdateStats } from './ppo/learner.ts';
import { scheduledRate } from './ppo/schedule.ts';
import type { EpisodeEnd } from './rollout/episodeLog.ts';
import { PlanesOfRun } from './rollout/plane.ts';
import { CLONING, FINE_TUNING, NO_TEACHING, type Teaching } from './rollout/teaching.ts';
import { type RunState, readRunState, runTensors } from './runState.ts';
import type { AttemptCounts } from './selfCloning/attemptBook.ts';
import { RunningMean } from './statistics.ts';
import type {
  CreateTrainSession,
  Progress,
  TrainOptions,
  TrainSession,
  UpdateReport,
} from './types.ts';
import { settleCompute } from './workers/compute.ts';
import { WorkerGroup, worldsOf } from './workers/group.ts';
import type { UpdateReply, WorkerMemory } from './workers/workerProtocol.ts';

/** Worlds of each worker whose episodes viewers see. */
const RECORDED = 2;
const RECENT = 100;

export interface SessionOptions extends TrainOptions {
  /** Several levels may be learnt at once; `levelId` is then the first. */
  levelIds?: string[];
  mode?: Mode;
  teaching?: Teaching;
  /** Add to shown episodes how each thought came about. Costs a little time, changes no result. */
  readouts?: boolean;
  /** Measure with every second held-out test whether the Doer does what the Planner says. */
  faithfulness?: boolean;
}

/** Starts the learner of a run that people watch; see `TrainSession`. */
export const createTrainSession: CreateTrainSession = (options, resume) =>
  PolicySession.create({ ...options, readouts: true, faithfulness: true }, resume?.file);

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
  private readonly recent = {
    success: new RunningMean(RECENT),
    return: new RunningMean(RECENT),
    length: new RunningMean(RECENT),
  };
  /** In the newest update: the share of actions and of goals that were the expert's. */
  cloning = { actionAccuracy: 0, goalAccuracy: 0 };
  private readonly planes: PlanesOfRun;
  /** In the newest update. */
  private learningRate = 0;
  /** How often its workers had come by when the newest update began. */
  private reachedBefore = 0;
  private updates = 0;
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
    this.planes = new PlanesOfRun(config.latents * config.width);
    const { engine, description } = group.engine;
    this.engine = { name: engine, workers: group.size, reason: `${description}; ${reason}` };
  }

  static async create(options: SessionOptions, resumeFile?: string): Promise<PolicySession> {
    const from = resumeFile ?? (options.init === 'scratch' ? undefined : options.init);
    const file = from === undefined ? undefined : await readPolicy(from, options.mode === 'clone');
    const state = resumeFile && file ? readRunState(file) : undefined;
    const { settings } = options;
    const start = startOf(file, options, state !== undefined);
    const { config } = start;
    const { weights } = start;
    // Runs that are gone on with keep the critics that they began with.
    const reference = state ? state.reference : file && weights;
    const compute = await settleCompute(options, config, settings.environments);
    const size = state?.workers.length ?? compute.workers;
    const group = await WorkerGroup.start(size, (rank) => ({
      engine: compute.engine,
      config,
      weights,
      reference: options.mode === 'clone' ? undefined : reference,
      seed: options.seed,
      ...playedLevels(options, historyOf(file, state)),
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
    for (const key of ['success', 'return', 'length'] as const) {
      for (const value of state.recent[key]) this.recent[key].add(value);
    }
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
    const besideReward =
      mode === 'self-cloning'
        ? NO_TEACHING
        : {
            ...(settings.goalWeight > 0 ? FINE_TUNING : NO_TEACHING),
            draws: settings.plannerWeight > 0,
            hindsight: settings.hindsightWeight > 0,
          };
    const teaching = options.teaching ?? (mode === 'clone' ? CLONING : besideReward);
    this.learningRate = scheduledRate(settings, this.envSteps);
    const { learningRate } = this;
    const shown: Replay[][] = Array.from({ length: this.group.size }, () => []);
    const replies = await this.group.all(
      'update',
      () => ({
        settings: { ...settings, learningRate },
        rewards,
        mode,
        teaching,
        updates: this.updates,
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
    const speed = (settings.environments * settings.rolloutSteps) / seconds;
    const point = this.point(replies, evaluation, speed);
    if (faithfulness !== undefined) point.values.faithfulness = faithfulness;
    return {
      point,
      episodes: interleave(shown),
    };
  }

  private note(end: EpisodeEnd): void {
    this.episodes++;
    // Success means success on the level itself, not on the easier ones of the curriculum.
    const { curriculum, settings } = this.options;
    const isOneOfSeveral = curriculum || (this.mode === 'self-cloning' && settings.keepSkills > 0);
    if (isOneOfSeveral && end.levelId !== this.options.levelId) return;
    // Hard worlds are played often: counting every attempt would tell of them alone.
    if (end.again) return;
    this.recent.success.add(end.success ? 1 : 0);
    this.recent.return.add(end.return);
    this.recent.length.add(end.length);
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
    return modeOf(this.options);
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

  private point(
    replies: UpdateReply[],
    evaluation: Evaluation | undefined,
    speed: number,
  ): MetricPoint {
    const { stats } = replies[0];
    this.cloning = {
      actionAccuracy: stats.actionHits,
      goalAccuracy: Math.min(stats.subgoalHits, stats.targetHits),
    };
    const values: MetricPoint['values'] = {
      ...(this.mode === 'self-cloning' ? this.attemptValues(replies) : this.lossValues(stats)),
      learningRate: this.learningRate,
      ponder: replies.reduce((sum, reply) => sum + reply.ponder, 0) / replies.length,
      stepsPerSecond: speed,
    };
    // The first episodes to end are short ones: they flatter the policy.
    if (this.recent.success.filled >= RECENT / 2) {
      values.success = this.recent.success.mean;
      values.return = this.recent.return.mean;
      values.length = this.recent.length.mean;
    }
    if (this.settings.klWeight > 0 && this.reference && stats.minibatches > 0)
      values.klReference = stats.klReference;
    const goals = sumGoals(replies.map((reply) => reply.goals));
    if (goals.targeted > 0) values.goalHitRate = goals.reached / goals.targeted;
    if (goals.finished > 0) values.goalLife = goals.lived / goals.finished;
    if (stats.goalCount > 0 && this.mode !== 'self-cloning')
      values.goalAccuracy = Math.min(stats.subgoalHits, stats.targetHits);
    if (evaluation) {
      values.evalSuccess = evaluation.success;
      [values.evalLow, values.evalHigh] = evaluation.ci95;
    }
    if (stats.diverged) values.gradNorm = Number.NaN;
    return {
      envSteps: this.envSteps,
      episodes: this.episodes,
      seconds: this.seconds,
      updates: this.updates,
      values,
    };
  }

  private lossValues(stats: UpdateStats): MetricPoint['values'] {
    return {
      policyLoss: stats.policyLoss,
      // The learner's values are of scaled rewards; people read them in the reward's own unit.
      valueLoss: stats.valueLoss / this.settings.rewardScale ** 2,
      entropy: stats.entropy,
      kl: stats.kl,
      clipFraction: stats.clipFraction,
      gradNorm: stats.gradNorm,
      explainedVariance: stats.explainedVariance,
    };
  }

  /** Loss and entropy only of updates in which something was imitated. */
  private attemptValues(replies: readonly UpdateReply[]): MetricPoint['values'] {
    const { stats } = replies[0];
    const total = (key: keyof AttemptCounts) =>
      replies.reduce((sum, { attempts }) => sum + (attempts?.[key] ?? 0), 0);
    return {
      hardWorlds: total('hard'),
      solvedWorlds: total('solved'),
      keptAttempts: total('kept'),
      ...(stats.minibatches === 0
        ? {}
        : {
            imitationLoss: stats.cloningLoss + stats.goalLoss,
            entropy: stats.entropy,
            gradNorm: stats.gradNorm,
          }),
    };
  }

  /**
   * Shares of actions and goals that are the expert's, of the present weights: one more rollout, of which
   * nothing is learnt. For sessions that clone.
   */
  async measureCloning(): Promise<PolicySession['cloning']> {
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
      recent: {
        success: this.recent.success.list(),
        return: this.recent.return.list(),
        length: this.recent.length.list(),
      },
      learner,
      reference: this.reference,
      workers: replies.map((reply) => reply.worker),
      earlier: this.history,
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
      mode: this.mode,
      levels: levelsOf(options),
      init: options.init,
      envSteps: this.envSteps,
      updates: this.updates,
      seconds: Math.round(this.seconds),
      settings: { ...this.settings },
      rewards: { ...this.rewards },
      engine: this.engine.name,
      workers: this.engine.workers,
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

/** What a run starts from; with a critic for the Planner where that is to learn from reward. */
function startOf(
  file: PolicyFile | undefined,
  { preset, policy, seed, settings, mode }: SessionOptions,
  isResumed: boolean,
): { config: PolicyConfig; weights: Float32Array } {
  const plannerLearns = mode !== 'clone' && settings.plannerWeight > 0;
  if (!file) return freshPolicy(policyConfig(preset, policy), seed, plannerLearns);
  const { config, weights } = file;
  const needsCritic = plannerLearns && !isResumed && KINDS[config.kind].planner !== undefined;
  return needsCritic ? withPlannersCritic(config, weights) : { config, weights };
}

/** Stages before this run: a resumed run's own stage is written anew. */
function historyOf(
  file: PolicyFile | undefined,
  state: RunState | undefined,
): readonly JsonObject[] {
  if (state) return state.earlier;
  return file?.history ?? [];
}

const modeOf = ({ mode, learning }: SessionOptions): Mode => mode ?? learning ?? 'ppo';

/** The level of each world in turn, and which of them are there so as not to be forgotten. */
function playedLevels(
  options: SessionOptions,
  history: readonly JsonObject[],
): { levelIds: string[]; rehearsed: string[] } {
  const own = levelsOf(options);
  const { environments, keepSkills } = options.settings;
  const worlds = Math.floor(environments * keepSkills);
  if (modeOf(options) !== 'self-cloning' || worlds === 0) return { levelIds: own, rehearsed: [] };
  const taught = history.flatMap(({ levels }) => (Array.isArray(levels) ? levels.map(String) : []));
  const others = [...new Set(taught)].filter((id) => !own.includes(id));
  // Spread evenly where they are more than the worlds for them.
  const rehearsed = others.filter(
    (_, i) =>
      Math.floor(((i + 1) * worlds) / others.length) > Math.floor((i * worlds) / others.length),
  );
  if (rehearsed.length === 0) return { levelIds: own, rehearsed };
  const levelIds = Array.from({ length: environments }, (_, i) => {
    const before = Math.floor(i * keepSkills);
    return Math.floor((i + 1) * keepSkills) > before
      ? rehearsed[before % rehearsed.length]
      : own[(i - before) % own.length];
  });
  return { levelIds, rehearsed };
}

function levelsOf({ levelIds, levelId, curriculum }: SessionOptions): string[] {
  return levelIds ?? [levelId, ...(curriculum ?? [])];
}

function interleave(lists: Replay[][]): Replay[] {
  const mixed: Replay[] = [];
  for (let i = 0; lists.some((list) => i < list.length); i++) {
    for (const list of lists) if (i < list.length) mixed.push(list[i]);
  }
  return mixed;
}
