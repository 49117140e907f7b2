import { existsSync } from 'node:fs';
import { type EngineChoice, settingsFor, type TrainSettings } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { PolicySession } from '../learning/session.ts';
import type { SweepPlan } from './plan.ts';
import type { MemberTask, Tested } from './sweep.ts';

/** Seconds between two states of a training on disk. */
const SAVE_EVERY = 60;

/** What a member trains with; the sweep itself tests it. */
export const settingsOfMember = (
  { init, learning }: SweepPlan,
  own: Partial<TrainSettings>,
): TrainSettings => ({ ...settingsFor(init, learning), evalEvery: 0, ...own });

/** What trains the members of a sweep in this process, with all its workers. */
export function memberTrainer(
  plan: SweepPlan,
  compute: { engine: EngineChoice; workers: number },
  isStopped: () => boolean,
) {
  return async (task: MemberTask): Promise<Tested | undefined> => {
    const { configuration, seed, steps, isLast, files } = task;
    const { init, learning, evalEpisodes } = plan;
    const { level, settings, rewards } = configuration;
    const session = await PolicySession.create(
      {
        ...{ levelId: level, init, learning, seed, ...compute, runId: 'sweep' },
        // Only for policies from scratch; a checkpoint's is what it is.
        ...{ policy: configuration.policy, preset: plan.preset },
        settings: settingsOfMember(plan, settings),
        rewards: { ...DEFAULT_REWARDS, ...rewards },
      },
      existsSync(files.run) ? files.run : undefined,
    );
    try {
      let saved = performance.now();
      while (session.counters.envSteps < steps) {
        if (isStopped()) {
          await session.save(files.run);
          return undefined;
        }
        const { point } = await session.update();
        if (Number.isNaN(point.values.gradNorm))
          throw new Error('its gradient was no longer finite');
        if (performance.now() - saved > SAVE_EVERY * 1000) {
          await session.save(files.run);
          saved = performance.now();
        }
      }
      const play = (seedBase: number) =>
        session.evaluate({ levelId: level, episodes: evalEpisodes, seedBase, greedy: false });
      const { success, ci95, episodes } = await play(EVAL_SEED_BASE);
      const { envSteps, seconds } = session.counters;
      const tested = { envSteps, seconds, success, ci95, episodes };
      await session.save(files.run);
      if (!isLast) return tested;
      const fresh = await play(EVAL_SEED_BASE + evalEpisodes);
      await session.export(files.policy);
      return { ...tested, fresh: { success: fresh.success, ci95: fresh.ci95 } };
    } finally {
      await session.dispose();
    }
  };
}
