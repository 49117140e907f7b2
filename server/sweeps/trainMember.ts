import { existsSync } from 'node:fs';
import { type EngineChoice, settingsFor, type TrainSettings } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { PolicySession } from '../learning/session.ts';
import type { SessionOptions } from '../learning/sessionOptions.ts';
import type { MemberTask, Tested } from './member.ts';
import type { SweepPlan } from './plan.ts';

/** Seconds between two states of a training on disk. */
const SAVE_EVERY = 60;

/** What a member trains with; the sweep itself tests it. */
export const settingsOfMember = (
  { init, learning }: SweepPlan,
  own: Partial<TrainSettings>,
): TrainSettings => ({ ...settingsFor(init, learning), evalEvery: 0, ...own });

/** A training up to a number of steps and a test of what came of it, whoever does it and wherever. */
export interface Training {
  session: SessionOptions;
  /** Environment steps in all. */
  steps: number;
  /** Whether the policy is wanted, and tested on fresh seeds. */
  isLast: boolean;
  evalEpisodes: number;
}

export function trainingOf(
  plan: SweepPlan,
  { configuration, seed, steps, isLast }: Omit<MemberTask, 'files' | 'name'>,
  compute: { engine: EngineChoice; workers: number },
): Training {
  const { init, learning, evalEpisodes } = plan;
  const { level, settings, rewards } = configuration;
  return {
    session: {
      ...{ levelId: level, init, learning, seed, ...compute, runId: 'sweep' },
      // Only for policies from scratch; a checkpoint's is what it is.
      ...{ policy: configuration.policy, preset: plan.preset },
      settings: settingsOfMember(plan, settings),
      rewards: { ...DEFAULT_REWARDS, ...rewards },
    },
    ...{ steps, isLast, evalEpisodes },
  };
}

/** Where a training keeps what it has, and who may stop it. */
export interface Keeping {
  /** State to go on from. */
  resume?: string;
  save(session: PolicySession): Promise<{ weightsHash: string }>;
  /** Keeps the policy alone, at the end. */
  export(session: PolicySession): Promise<unknown>;
  /** Seconds between two states. */
  saveEvery: number;
  /** Looked at between updates. */
  isStopped(): boolean;
  /** At the beginning, too. */
  onUpdate?(counters: PolicySession['counters']): void;
}

/**
 * Trains and tests; undefined where it was asked to stop, with its state saved. Stopped and gone on with, however often, it
 * ends with the same bits. Throws where the training cannot go on.
 */
export async function trainAndTest(
  { session: options, steps, isLast, evalEpisodes }: Training,
  { resume, save, export: exportPolicy, saveEvery, isStopped, onUpdate }: Keeping,
): Promise<Tested | undefined> {
  const session = await PolicySession.create(options, resume);
  try {
    onUpdate?.(session.counters);
    let saved = performance.now();
    while (session.counters.envSteps < steps) {
      if (isStopped()) {
        await save(session);
        return undefined;
      }
      const { point } = await session.update();
      if (Number.isNaN(point.values.gradNorm)) throw new Error('its gradient was no longer finite');
      onUpdate?.(session.counters);
      if (performance.now() - saved > saveEvery * 1000) {
        await save(session);
        saved = performance.now();
      }
    }
    const play = (seedBase: number) =>
      session.evaluate({
        ...{ levelId: options.levelId, episodes: evalEpisodes },
        ...{ seedBase, greedy: false },
      });
    const { success, ci95, episodes } = await play(EVAL_SEED_BASE);
    const { envSteps, seconds } = session.counters;
    const { weightsHash } = await save(session);
    const tested = { envSteps, seconds, success, ci95, episodes, weightsHash };
    if (!isLast) return tested;
    const fresh = await play(EVAL_SEED_BASE + evalEpisodes);
    await exportPolicy(session);
    return { ...tested, fresh: { success: fresh.success, ci95: fresh.ci95 } };
  } finally {
    await session.dispose();
  }
}

/** What trains the members of a sweep in this process, with all its workers. */
export function memberTrainer(
  plan: SweepPlan,
  compute: { engine: EngineChoice; workers: number },
  isStopped: () => boolean,
) {
  return (task: MemberTask): Promise<Tested | undefined> => {
    const { run, policy } = task.files;
    return trainAndTest(trainingOf(plan, task, compute), {
      ...(existsSync(run) ? { resume: run } : {}),
      ...{ isStopped, saveEvery: SAVE_EVERY },
      save: (session) => session.save(run),
      export: (session) => session.export(policy),
    });
  };
}
