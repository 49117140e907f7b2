import type { EngineChoice, PresetId, TrainSettings } from '../../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { CLONING_SETTINGS, cloneUntil } from '../../learning/cloning/recipes.ts';
import { CLONING, type Teaching } from '../../learning/rollout/teaching.ts';
import { PolicySession } from '../../learning/session.ts';
import { KINDS } from '../../policy/kinds/index.ts';
import { ARMS, type ArmId } from './arms.ts';
import { missionSeeds } from './missionSeeds.ts';

/** What makes two runs comparable; they differ in arm, demonstrations, level and seed alone. */
export interface HierarchyTerms {
  /** Clauses of the longest missions that are demonstrated; longer ones are met in tests only. */
  clauses: number;
  /** Environment steps of cloning. */
  steps: number;
  /** Held-out episodes of each test. */
  episodes: number;
  /** Tests play the first seeds from here up that have a mission of the length asked for. */
  seedBase: number;
  preset: PresetId;
  settings: Partial<TrainSettings>;
}

export interface HierarchyOptions extends HierarchyTerms {
  levels: readonly string[];
  arms: readonly ArmId[];
  /** Numbers of demonstrations. */
  demonstrations: readonly number[];
  seeds: readonly number[];
  engine: EngineChoice;
  workers: number;
  /** Runs made before: they are not made again. */
  before?: readonly HierarchyRun[];
  /** Called with all runs so far, each time that there is one more. */
  onRun?: (runs: readonly HierarchyRun[]) => Promise<void> | void;
}

/** One policy, cloned from some demonstrations of one level with one seed. */
export interface HierarchyRun {
  level: string;
  arm: ArmId;
  demonstrations: number;
  seed: number;
  parameters: number;
  /** Held-out success on missions as long as the demonstrated ones, and on longer ones. */
  success: number;
  longer: number;
  meanLength: number;
  meanLengthLonger: number;
  /** 1, or 2 where the Planner thinks at every step. */
  ponder: number;
  actionAccuracy: number;
  seconds: number;
}

/** Small batches, each learnt from twice: demonstrations are few, steps of the optimiser need not be. */
const SETTINGS: TrainSettings = {
  ...CLONING_SETTINGS,
  environments: 64,
  minibatches: 8,
  epochs: 2,
};

/**
 * Demonstrations alone: the expert acts in every world. No decoys, which only a policy with goals could follow. The
 * Planner still sets most goals while it learns, as it does when it plays.
 */
const DEMONSTRATIONS: Teaching = {
  ...CLONING,
  demonstrations: 1,
  counterfactual: 0,
  patience: 1,
};

/** The most clauses that a mission has. */
const MOST_CLAUSES = 4;
/** Training seeds between the demonstrations of one run seed and those of the next. */
const APART = 1_000_000;

/**
 * Clones every arm from the same demonstrations, with the same seeds and steps, and tests all on the same worlds. Arms come
 * last in turn, so that what is finished early can be compared.
 */
export async function hierarchyRuns(options: HierarchyOptions): Promise<HierarchyRun[]> {
  const { levels, demonstrations, seeds, arms } = options;
  const runs = [...(options.before ?? [])];
  for (const seed of seeds)
    for (const level of levels)
      for (const count of demonstrations)
        for (const arm of arms) {
          const isThis = (run: HierarchyRun) =>
            run.seed === seed &&
            run.level === level &&
            run.demonstrations === count &&
            run.arm === arm;
          if (runs.some(isThis)) continue;
          runs.push(await learn(level, count, arm, seed, options));
          await options.onRun?.(runs);
        }
  return runs;
}

async function learn(
  levelId: string,
  demonstrations: number,
  arm: ArmId,
  seed: number,
  options: HierarchyOptions,
): Promise<HierarchyRun> {
  const { clauses, steps, episodes, seedBase, preset, engine, workers } = options;
  const short = { least: 1, most: clauses };
  const long = { least: clauses + 1, most: MOST_CLAUSES };
  const settings = { ...SETTINGS, ...options.settings };
  const { policy, sizes } = ARMS[arm];
  const session = await PolicySession.create({
    ...{ mode: 'clone', levelId, policy, preset, sizes, seed, settings, engine, workers },
    init: 'scratch',
    teaching: DEMONSTRATIONS,
    seeds: missionSeeds(levelId, short, demonstrations, seed * APART),
    rewards: DEFAULT_REWARDS,
    runId: 'bench',
  });
  try {
    const done = ({ envSteps }: { envSteps: number }) => envSteps / steps;
    const { seconds } = await cloneUntil(session, settings.learningRate, done);
    const { actionAccuracy } = session.cloning;
    const test = (length: typeof short) =>
      session.evaluate({
        ...{ levelId, episodes, seedBase, greedy: false },
        // As the published test declares it.
        ...(KINDS[policy].planner && { goals: 'likeliest' }),
        seeds: missionSeeds(levelId, length, episodes, seedBase),
      });
    const shortTest = await test(short);
    const longTest = await test(long);
    return {
      ...{ level: levelId, arm, demonstrations, seed, parameters: session.parameters },
      success: shortTest.success,
      longer: longTest.success,
      meanLength: shortTest.meanLength,
      meanLengthLonger: longTest.meanLength,
      ponder: shortTest.meanPonder,
      actionAccuracy,
      seconds: Math.round(seconds),
    };
  } finally {
    await session.dispose();
  }
}
