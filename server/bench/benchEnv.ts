import { once } from 'node:events';
import {
  BabyAIEpisode,
  beginNext,
  createEnv,
  EndlessGenerationError,
  trainingSeeds,
} from '../../envs/index.ts';
import { NUM_ACTIONS, VIEW_BYTES } from '../../shared/constants.ts';
import { typescriptWorker } from '../learning/workers/threads.ts';
import { askAll } from './askAll.ts';

export interface EnvBenchOptions {
  readonly levelId: string;
  /** Environments stepped together. */
  readonly envs?: number;
  /** Seconds measured for the steps, and half as many for the resets; a warm-up comes before. */
  readonly seconds?: number;
}
export interface EnvBenchResult {
  readonly stepsPerSecond: number;
  /** Resets alone, each with a new seed and its first observation. */
  readonly resetsPerSecond: number;
  /** The same per second of processor time: what a machine that is not busy otherwise would do. */
  readonly stepsPerCpuSecond: number;
  readonly resetsPerCpuSecond: number;
  /** Processor seconds used for each second measured: well below 1 on a machine that is busy otherwise. */
  readonly cpuShare: number;
}

/** Batches of actions made beforehand, so that drawing them is not what is measured. */
const BATCHES = 1024;
const WARM_UP_SECONDS = 0.7;

/** What one round measures: steps and resets a second, and the share of a core that was had. */
interface Round {
  steps: Rate;
  resets: Rate;
}
interface Rate {
  perSecond: number;
  cpuShare: number;
}

/**
 * Steps environments with random actions on one core: observations, rewards and resets included,
 * as in training.
 */
export function benchEnv(options: EnvBenchOptions): EnvBenchResult {
  const { steps, resets } = prepareEnvBench(options).round();
  return {
    stepsPerSecond: Math.round(steps.perSecond),
    resetsPerSecond: Math.round(resets.perSecond),
    stepsPerCpuSecond: Math.round(steps.perSecond / steps.cpuShare),
    resetsPerCpuSecond: Math.round(resets.perSecond / resets.cpuShare),
    cpuShare: Number(steps.cpuShare.toFixed(3)),
  };
}

/** Makes the worlds and warms up; each round then measures `seconds` of steps and half as long resets. */
export function prepareEnvBench({ levelId, envs = 64, seconds = 3 }: EnvBenchOptions): {
  round(): Round;
} {
  const seeds = trainingSeeds(1);
  const worlds = Array.from({ length: envs }, (_, index) => {
    const episode = new BabyAIEpisode(levelId);
    const begin = (seed: number) => episode.begin(seed);
    return { episode, index, begin, count: beginNext(seeds, index, -1, begin) };
  });
  const actions = randomActions(envs);
  let batch = 0;
  const stepBatches = () => {
    for (let k = 0; k < 16; k++) {
      const chosen = actions[batch++ % BATCHES];
      for (const world of worlds) {
        const { episode, index, begin, count } = world;
        episode.step(chosen[index]);
        if (episode.over) world.count = beginNext(seeds, index, count, begin);
      }
    }
    return 16 * envs;
  };
  const env = createEnv(levelId);
  const view = new Uint8Array(VIEW_BYTES);
  let seed = 0;
  const resetSome = () => {
    for (let k = 0; k < 16; k++) {
      env.forget();
      try {
        env.resetInto(seed++, view, 0);
      } catch (error) {
        if (!(error instanceof EndlessGenerationError)) throw error;
      }
    }
    return 16;
  };
  measure(stepBatches, Math.min(seconds, WARM_UP_SECONDS));
  measure(resetSome, Math.min(seconds, WARM_UP_SECONDS));
  return {
    round: () => ({
      steps: measure(stepBatches, seconds),
      resets: measure(resetSome, seconds / 2),
    }),
  };
}

export interface EnvScaling {
  workers: number;
  /** Of all threads together, by the clock. */
  stepsPerSecond: number;
  resetsPerSecond: number;
  /** Multiples of what one thread alone does, medians of the same rounds. */
  timesOne: { steps: number; resets: number };
}

/**
 * The same on several threads, each with worlds of its own. One thread alone is measured in the same rounds, in turn.
 * Resolves after three rounds at least.
 */
export async function benchEnvWorkers(
  options: EnvBenchOptions,
  workers: number,
): Promise<EnvScaling> {
  const seconds = (options.seconds ?? 3) / 6;
  const threads = Array.from({ length: workers }, () =>
    typescriptWorker(new URL('./envWorker.ts', import.meta.url), {
      workerData: { ...options, seconds },
    }),
  );
  try {
    await Promise.all(threads.map((thread) => once(thread, 'message')));
    const rounds: { one: Round; all: Round }[] = [];
    for (let round = 0; round < 3; round++) {
      const [one] = await askAll<Round>(threads.slice(0, 1), 'round');
      const each = await askAll<Round>(threads, 'round');
      const sum = (kind: keyof Round): Rate => ({
        perSecond: each.reduce((total, { [kind]: rate }) => total + rate.perSecond, 0),
        cpuShare: 1,
      });
      rounds.push({ one, all: { steps: sum('steps'), resets: sum('resets') } });
    }
    const middle = (value: (round: { one: Round; all: Round }) => number) =>
      rounds.map(value).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
    const times = (kind: keyof Round) =>
      Number(middle(({ one, all }) => all[kind].perSecond / one[kind].perSecond).toFixed(2));
    return {
      workers,
      stepsPerSecond: Math.round(middle(({ all }) => all.steps.perSecond)),
      resetsPerSecond: Math.round(middle(({ all }) => all.resets.perSecond)),
      timesOne: { steps: times('steps'), resets: times('resets') },
    };
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function measure(work: () => number, seconds: number): Rate {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  let count = 0;
  let now = start;
  while (now < end) {
    count += work();
    now = performance.now();
  }
  const { user, system } = process.cpuUsage(cpu);
  const elapsed = (now - start) / 1000;
  return { perSecond: count / elapsed, cpuShare: (user + system) / 1e6 / elapsed };
}

function randomActions(envs: number): Uint8Array[] {
  let state = 1;
  return Array.from({ length: BATCHES }, () =>
    Uint8Array.from({ length: envs }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >>> 16) % NUM_ACTIONS;
    }),
  );
}
