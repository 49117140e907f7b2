import {
  type EngineChoice,
  type PolicyKind,
  type PresetId,
  settingsFor,
  type TrainSettings,
} from '../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { PolicySession } from '../learning/session.ts';
import type { ThreadProfile } from '../learning/workers/threadProfile.ts';
import { totalOf } from '../learning/workers/workerProtocol.ts';

export interface BenchTrainOptions {
  levelId: string;
  preset: PresetId;
  policy: PolicyKind;
  engine: EngineChoice;
  workers: number;
  seed: number;
  seconds: number;
  settings: Partial<TrainSettings>;
  /** Says where the workers' time goes; sampling costs some of it. */
  profile?: boolean;
  onProgress?: (line: string) => void;
}

/** Speed of the whole PPO loop from scratch: worlds, thinking and learning; the median over the updates. */
export async function benchTrain(options: BenchTrainOptions) {
  const settings = {
    ...settingsFor('scratch'),
    evalEvery: 0,
    ...options.settings,
  };
  const session = await PolicySession.create({
    ...options,
    init: 'scratch',
    settings,
    rewards: DEFAULT_REWARDS,
    runId: 'bench',
  });
  try {
    // The first updates compile and fill caches.
    for (let warmUp = 0; warmUp < 3; warmUp++) await session.update();
    const speeds: number[] = [];
    if (options.profile) await session.profile('begin');
    const begun = performance.now();
    while ((performance.now() - begun) / 1000 < options.seconds || speeds.length < 3) {
      const { point } = await session.update();
      speeds.push(point.values.stepsPerSecond!);
    }
    const profile = options.profile ? sharesOf(await session.profile('end')) : undefined;
    speeds.sort((a, b) => a - b);
    const median = speeds[Math.floor(speeds.length / 2)];
    const workers = await session.memory();
    options.onProgress?.(
      `${speeds.length} updates, ${Math.round(speeds[0])} to ${Math.round(speeds[speeds.length - 1])} steps/s`,
    );
    return {
      level: options.levelId,
      preset: options.preset,
      policy: options.policy,
      envStepsPerSecond: Math.round(median),
      engine: session.engine.name,
      workers: session.engine.workers,
      parameters: session.parameters,
      updates: speeds.length,
      memory: {
        rssBytes: process.memoryUsage().rss,
        tensorBytes: totalOf(workers, 'tensorBytes'),
        gpuBytes: totalOf(workers, 'gpuBytes'),
      },
      settings: { ...settings },
      ...(profile && { profile }),
    };
  } finally {
    await session.dispose();
  }
}

/** Percentages of all workers' time, the largest first; they add up to 100. */
export function sharesOf(profiles: readonly (ThreadProfile | null)[]): Record<string, number> {
  const total = new Map<string, number>();
  for (const [kind, time] of profiles.flatMap((profile) => Object.entries(profile ?? {})))
    total.set(kind, (total.get(kind) ?? 0) + time);
  const all = [...total.values()].reduce((a, b) => a + b, 0);
  const sorted = [...total].sort(([, a], [, b]) => b - a);
  return Object.fromEntries(sorted.map(([kind, time]) => [kind, (100 * time) / all]));
}
