import { workerData } from 'node:worker_threads';
import type { MemoryInfo } from '@tensorflow/tfjs-core';
import type { TrainSettings } from '../../../shared/config.ts';
import type { Replay } from '../../../shared/replay.ts';
import { createEngine } from '../../engine/index.ts';
import { evaluate, playedAs } from '../../play/evaluate.ts';
import { Minds } from '../../play/minds.ts';
import { addTask, taskOf } from '../../tasks/index.ts';
import { Learner } from '../ppo/learner.ts';
import type { LearnerRecord } from '../ppo/trainedWeights.ts';
import type { UpdateStats } from '../ppo/updateStats.ts';
import { Actor } from '../rollout/actor.ts';
import { EpisodeLog } from '../rollout/episodeLog.ts';
import { Rollout } from '../rollout/rollout.ts';
import { study } from '../selfCloning/study.ts';
import { Collective } from './collective.ts';
import type { Tested } from './group.ts';
import type { Pace } from './pace.ts';
import type { ToThread } from './threadGroup.ts';
import { ThreadProfiler } from './threadProfile.ts';
import { answerCommands } from './threadServer.ts';
import type {
  UpdateCommand,
  UpdateReply,
  WorkerCommands,
  WorkerMemory,
  WorkerStart,
} from './workerProtocol.ts';

/** One of the equal workers of a run: its own engine, worlds and copy of the weights. */
class TrainingWorker {
  private readonly learner: Learner;
  private readonly actor: Actor | undefined;
  private readonly rollout: Rollout | undefined;
  private readonly reach: () => void;
  private profiler: ThreadProfiler | undefined;

  constructor(learner: Learner, start: WorkerStart, pace: Pace) {
    this.learner = learner;
    this.reach = () => pace.reach();
    if (start.envs === 0) return;
    this.actor = new Actor(learner.model, start, taskOf(start.levelIds[0]));
    this.rollout = new Rollout(
      start.rolloutSteps,
      start.envs,
      learner.model.config.latents * learner.model.config.width,
    );
    if (start.resume) {
      this.actor.restore(start.resume.actor);
      learner.random.state.set(start.resume.random);
    }
  }

  async update(
    { settings, rewards, mode, teaching, updates, planes }: UpdateCommand,
    onEpisode: (replay: Replay) => void,
  ): Promise<UpdateReply> {
    const { actor, rollout, learner } = this;
    if (!actor || !rollout) throw new Error('this worker has no worlds to learn from');
    actor.setRewards(rewards);
    if (actor.attempts) actor.attempts.book.limits = settings;
    actor.tryAgain(mode === 'self-cloning');
    const begun = performance.now();
    const { weights } = learner;
    const { reach } = this;
    const carries = await actor.collect(rollout, weights, teaching, planes, onEpisode, reach);
    const played = performance.now();
    const stats =
      mode === 'self-cloning'
        ? await this.selfCloning(settings)
        : await learner.update(rollout, settings, mode, updates);
    const learnt = performance.now();
    return {
      stats,
      ends: actor.takeEnds(),
      attempts: actor.attempts?.book.takeCounts(),
      carries,
      goals: actor.takeGoals(),
      steps: rollout.size,
      thoughts: rollout.size + rollout.replanned.reduce((sum, flag) => sum + flag, 0),
      collectSeconds: (played - begun) / 1000,
      learnSeconds: (learnt - played) / 1000,
    };
  }

  /** Imitates the attempts that were kept, once all workers together have enough of them. */
  private async selfCloning(settings: TrainSettings): Promise<UpdateStats> {
    const { learner } = this;
    const { book } = this.actor!.attempts!;
    const total = learner.total(book.steps);
    if (total < settings.lessonSteps) return learner.nothingLearnt();
    const attempts = book.takeKept();
    const rehearsed = this.actor!.rehearsedEntries(this.rollout!);
    const spare = rehearsed.length;
    const { rollout, rows } = await study(
      ...([learner.model, learner.weights, attempts, this.reach, spare] as const),
    );
    const first = rollout.size - spare;
    for (const [i, entry] of rehearsed.entries()) rollout.copy(first + i, this.rollout!, entry);
    const kept = Int32Array.from(rehearsed, (_, i) => first + i);
    return learner.imitate(rollout, rows, kept, settings);
  }

  evaluate(
    { show, ...options }: WorkerCommands['evaluate']['payload'],
    onEvent: (event: Replay | Tested) => void,
  ) {
    const { model, weights } = this.learner;
    const onTurn = this.reach;
    if (!show) return evaluate(model, weights, { ...options, onTurn });
    const { runId, envSteps, rewardScale, recorded } = show;
    const minds = new Minds(Math.min(recorded, options.episodes), rewardScale);
    const policy = model.config.kind;
    const log = new EpisodeLog(minds, {
      ...{ runId, rank: start.rank, policy, envSteps, played: playedAs(options, model) },
      // The test's steps are none that are learnt from.
      ...{ stepsPerTurn: 0, kind: 'evaluation' },
    });
    log.beginRollout(undefined, onEvent);
    const onProgress = (tested: number) => onEvent({ tested });
    return evaluate(model, weights, { ...options, onProgress, onTurn }, undefined, {
      ...{ sinks: [minds, log], recorded },
    });
  }

  async record({
    learner: whole,
  }: {
    learner: boolean;
  }): Promise<WorkerCommands['record']['reply']> {
    const { learner, actor } = this;
    if (!actor) throw new Error('this worker has no worlds to record');
    return {
      worker: { actor: actor.record(), random: Array.from(learner.random.state) },
      learner: whole ? await learner.record() : undefined,
    };
  }

  restore(record: LearnerRecord): null {
    this.learner.restore(record);
    return null;
  }

  /** @param onEvent called with episodes to show, and how far a test is, while it runs */
  run(message: ToThread<WorkerCommands>, onEvent: (event: Replay | Tested) => void): unknown {
    switch (message.command) {
      case 'update':
        return this.update(message.payload, onEvent);
      case 'evaluate':
        return this.evaluate(message.payload, onEvent);
      case 'record':
        return this.record(message.payload);
      case 'restore':
        return this.restore(message.payload);
      case 'memory':
        return this.memory();
      case 'profile':
        return this.profile(message.payload);
    }
  }

  private async profile(when: 'begin' | 'end') {
    if (when === 'end') return (await this.profiler?.end()) ?? null;
    this.profiler = new ThreadProfiler();
    await this.profiler.begin();
    return null;
  }

  private memory(): WorkerMemory {
    // Exists only where the process was started with `--expose-gc`.
    (globalThis as { gc?: () => void }).gc?.();
    const { tf } = this.learner.model.engine;
    const { numTensors, numBytes, numBytesAllocatedInGPU } = tf.memory() as MemoryInfo & {
      numBytesAllocatedInGPU?: number;
    };
    const backend = tf.backend() as { wasm?: { HEAPU8?: Uint8Array } };
    return {
      tensors: numTensors,
      tensorBytes: numBytes,
      heapBytes: process.memoryUsage().heapUsed,
      wasmBytes: backend.wasm?.HEAPU8?.length ?? 0,
      gpuBytes: numBytesAllocatedInGPU ?? 0,
    };
  }
}

const start = workerData as WorkerStart;
for (const task of start.tasks) await addTask(task);
const engine = await createEngine({ engine: start.engine });
const collective = new Collective(start.memory, start.rank);
const learner = new Learner(engine, start.config, start.weights, start.seed, collective);
if (start.reference) learner.setReference(start.reference);
const worker = new TrainingWorker(learner, start, collective.pace);
answerCommands<WorkerCommands, Replay | Tested>(
  { engine: engine.name, description: engine.description },
  (message, tell) => worker.run(message, tell),
);
