import { MAX_NOTE } from '../../shared/checkpoints.ts';
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
  // They go on as they did, whatever would be usual now.
  const learningReason = info.learningReason ?? 'asked';
  const rewards = { ...UNPAID, ...info.rewards };
  const now = { testing: undefined, midway: undefined };
  return { ...rest, info: { ...info, learning, learningReason, settings, rewards, ...now } };
}

/**
 * A run that the database has lost, or whose row in it is damaged, from what its newest checkpoint says; undefined where
 * that says nothing.
 * @param damaged what can still be read of its row; undefined where the run is not in the database
 */
export function rebuilt(
  newest: CheckpointInfo,
  damaged?: Pick<StoredRun, 'wanted'>,
): StoredRun | undefined {
  if (!newest.run) return undefined;
  const { info, ...rest } = newest.run;
  const { settings = info.settings, rewards = info.rewards } = newest;
  const since = new Date(newest.savedAt).toISOString().slice(0, 19).replace('T', ' ');
  const what = damaged
    ? `What the database said of this run was damaged. It was rebuilt from its checkpoint at step ${newest.envSteps}, of ${since} UTC: settings and rewards are those of then; a name, note or tags that were given while it trained, and settings changed since, are lost. Measurements and episodes are still there.`
    : 'The database was damaged. This run was rebuilt from its checkpoints; measurements that are older than they are gone.';
  // The message goes as soon as the run trains; the note stays.
  const note = [info.note, what].filter(Boolean).join('\n\n').slice(0, MAX_NOTE);
  const now = { status: 'paused', message: what, note, pending: undefined } as const;
  return completed({
    ...rest,
    wanted: damaged?.wanted === 'running' ? 'running' : 'idle',
    info: { ...info, settings, rewards, ...now },
  });
}
