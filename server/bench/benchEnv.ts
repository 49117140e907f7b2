import {
  BabyAIEpisode,
  beginNext,
  createEnv,
  EndlessGenerationError,
  trainingSeeds,
} from '../../envs/index.ts';
import { NUM_ACTIONS, VIEW_BYTES } from '../../shared/constants.ts';

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

/**
 * Steps environments with random actions on one core: observations, rewards and resets included,
 * as in training.
 */
export function benchEnv({ levelId, envs = 64, seconds = 3 }: EnvBenchOptions): EnvBenchResult {
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
  measure(stepBatches, WARM_UP_SECONDS);
  const steps = measure(stepBatches, seconds);
  measure(resetSome, WARM_UP_SECONDS);
  const resets = measure(resetSome, seconds / 2);
  return {
    stepsPerSecond: Math.round(steps.perSecond),
    resetsPerSecond: Math.round(resets.perSecond),
    stepsPerCpuSecond: Math.round(steps.perSecond / steps.cpuShare),
    resetsPerCpuSecond: Math.round(resets.perSecond / resets.cpuShare),
    cpuShare: Number(steps.cpuShare.toFixed(3)),
  };
}

function measure(work: () => number, seconds: number): { perSecond: number; cpuShare: number } {
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
