import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_SETTINGS, type EngineChoice } from '../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { PolicySession } from '../learning/session.ts';
import { totalOf } from '../learning/workers/workerProtocol.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';

export interface SoakOptions {
  minutes: number;
  engine: EngineChoice;
  workers: number;
  say: (line: string) => void;
}

export interface SoakSample {
  seconds: number;
  updates: number;
  /** Of the whole process. */
  rssBytes: number;
  /** Of the main thread, after a collection where one could be asked for. */
  heapBytes: number;
  /** Of all workers together. */
  workerHeapBytes: number;
  wasmBytes: number;
  tensors: number;
}

export interface SoakResult {
  updates: number;
  seconds: number;
  samples: SoakSample[];
  /** Tensors never differ between samples. */
  tensorsConstant: boolean;
  /** Growth over the second half of the updates in percent, of the mean of its last against that of its first third. */
  growth: { rss: number; heap: number; workerHeap: number; wasm: number };
  flat: boolean;
}

/** Updates so small that many thousands fit into minutes, with everything that a run does. */
const SMALL = {
  ...DEFAULT_SETTINGS,
  environments: 8,
  rolloutSteps: 16,
  minibatches: 2,
  epochs: 1,
  valueWarmup: 0,
  evalEvery: 50,
  evalEpisodes: 8,
};
const SAMPLES = 60;
/** At least this many, however slow the machine is: fewer updates prove nothing. */
const FEWEST_UPDATES = 4;
/** Percent of growth that is not counted: allocators and collectors vary by this much. */
const TOLERANCE = 3;

/** Trains and saves after every update as a trainer does, and watches its memory. */
export async function soak({ minutes, engine, workers, say }: SoakOptions): Promise<SoakResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'soak-'));
  const session = await PolicySession.create({
    levelId: 'BabyAI-GoToLocal-v0',
    init: 'scratch',
    policy: 'hrm',
    preset: 'nano',
    seed: 1,
    settings: SMALL,
    rewards: DEFAULT_REWARDS,
    engine,
    workers,
    runId: 'soak',
    readouts: true,
  });
  try {
    const checkpoints = new CheckpointFolder(folder);
    const samples: SoakSample[] = [];
    const begun = performance.now();
    const elapsed = () => (performance.now() - begun) / 1000;
    let updates = 0;
    for (let due = 0; elapsed() < minutes * 60 || updates < FEWEST_UPDATES; ) {
      const { point, episodes } = await session.update();
      updates = point.updates;
      await checkpoints.write(
        {
          runId: 'soak',
          updates,
          envSteps: point.envSteps,
          report: { point, episodes, changes: [] },
        },
        (file) => session.save(file),
        { sync: false },
      );
      if (elapsed() < due) continue;
      due += (minutes * 60) / SAMPLES;
      const sample = await take(session, elapsed(), updates);
      samples.push(sample);
      say(
        `${Math.round(sample.seconds)} s, update ${updates}: ${Math.round(sample.rssBytes / 1e6)} MB, ${sample.tensors} tensors`,
      );
    }
    return { updates, seconds: elapsed(), samples, ...judge(samples) };
  } finally {
    await session.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function take(session: PolicySession, seconds: number, updates: number): Promise<SoakSample> {
  const workers = await session.memory();
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    seconds,
    updates,
    rssBytes: rss,
    heapBytes: heapUsed,
    workerHeapBytes: totalOf(workers, 'heapBytes'),
    wasmBytes: totalOf(workers, 'wasmBytes'),
    tensors: totalOf(workers, 'tensors'),
  };
}

/**
 * Leaves out the first half of the updates, in which caches fill and buffers reach their size. It halves updates,
 * not time, because a shared machine may run most of the updates late.
 */
export function judge(
  samples: readonly SoakSample[],
): Pick<SoakResult, 'tensorsConstant' | 'growth' | 'flat'> {
  const middle = (samples.at(-1)?.updates ?? 0) / 2;
  const half = samples.filter(({ updates }) => updates >= middle);
  const third = Math.max(1, Math.floor(half.length / 3));
  const growthOf = (key: keyof SoakSample) => {
    const mean = (part: SoakSample[]) => part.reduce((sum, s) => sum + s[key], 0) / part.length;
    const before = mean(half.slice(0, third));
    return before === 0 ? 0 : 100 * (mean(half.slice(-third)) / before - 1);
  };
  const growth = {
    rss: growthOf('rssBytes'),
    heap: growthOf('heapBytes'),
    workerHeap: growthOf('workerHeapBytes'),
    wasm: growthOf('wasmBytes'),
  };
  const tensorsConstant = new Set(samples.map(({ tensors }) => tensors)).size <= 1;
  const flat = tensorsConstant && Object.values(growth).every((percent) => percent < TOLERANCE);
  return { tensorsConstant, growth, flat };
}
