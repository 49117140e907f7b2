import { DEFAULT_SETTINGS, type TrainSettings } from '../../shared/config.ts';
import { recordOf } from '../../shared/records.ts';
import { REWARD_TERM_IDS, type RewardWeights } from '../../shared/rewards.ts';
import type { CheckpointInfo } from '../storage/checkpointInfo.ts';
import type { StoredRun } from '../storage/store.ts';

/** What terms paid before they existed. */
const UNPAID: RewardWeights = recordOf(REWARD_TERM_IDS, () => 0);

/** A stored run with the settings and rewards that came later than it, as they were before there was a choice. */
export function completed({ info, ...rest }: StoredRun): StoredRun {
  const then: TrainSettings = { ...DEFAULT_SETTINGS, valueShare: 1 };
  const settings = Object.assign(then, info.settings);
  // Runs from before there was a choice learn by PPO.
  const learning = info.learning ?? 'ppo';
  const rewards = { ...UNPAID, ...info.rewards };
  const now = { testing: undefined, midway: undefined };
  return { ...rest, info: { ...info, learning, settings, rewards, ...now } };
}

/** A run that the database has lost, from what its newest checkpoint says; undefined where that says nothing. */
export function rebuilt(newest: CheckpointInfo): StoredRun | undefined {
  if (!newest.run) return undefined;
  const { info, ...rest } = newest.run;
  const { settings = info.settings, rewards = info.rewards } = newest;
  const message =
    'The database was damaged. This run was rebuilt from its checkpoints; measurements that are older than they are gone.';
  return completed({
    ...rest,
    wanted: 'idle',
    info: { ...info, settings, rewards, status: 'paused', message, pending: undefined },
  });
}
