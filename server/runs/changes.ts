import type { TrainSettings } from '../../shared/config.ts';
import type { RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { WantedChange } from './trainerProtocol.ts';

type Kind = SettingsChange['kind'];
type Values = Pick<RunInfo, Kind>;

const KINDS: readonly Kind[] = ['settings', 'rewards'];

/** The new values of a change. */
export function patchOf({ changes }: WantedChange): Record<string, number> {
  return Object.fromEntries(changes.map(({ id, to }) => [id, to]));
}

/** What differs, as a change from the one to the other; undefined where nothing does. */
export function difference(
  kind: Kind,
  from: Partial<TrainSettings> | Partial<RewardWeights>,
  to: Partial<TrainSettings> | Partial<RewardWeights>,
): WantedChange | undefined {
  const old: Record<string, number | undefined> = from;
  const changes = Object.entries(to).flatMap(([id, value]) => {
    const before = old[id];
    return before === undefined || before === value ? [] : [{ id, from: before, to: value }];
  });
  return changes.length > 0 ? { kind, changes } : undefined;
}

export interface ResumePlan extends Values {
  /** Logged changes to be made again, in order. */
  replay: SettingsChange[];
  /** Changes that were wanted but had not taken effect anywhere. */
  open: WantedChange[];
}

/**
 * How a run goes on from a checkpoint as if it had never stopped: with the settings that the
 * checkpoint was made with, the changes that were logged at or after it made again at the steps at
 * which they were logged, and after those the changes that nobody got to make.
 * @param wanted what the run's settings and rewards are to be in the end
 * @param log all its changes in order of steps
 * @param checkpoint absent where the run begins anew
 */
export function resumePlan(
  wanted: Values,
  log: readonly SettingsChange[],
  checkpoint?: { envSteps: number } & Partial<Values>,
): ResumePlan {
  const from = checkpoint?.envSteps ?? 0;
  const replay = log.filter(({ envSteps }) => envSteps >= from);
  const base = undone(wanted, replay);
  const begin = {
    settings: { ...base.settings, ...checkpoint?.settings },
    rewards: { ...base.rewards, ...checkpoint?.rewards },
  };
  const after = structuredClone(begin);
  for (const change of replay) Object.assign(after[change.kind], patchOf(change));
  const open = KINDS.flatMap((kind) => difference(kind, after[kind], wanted[kind]) ?? []);
  return { ...begin, replay, open };
}

/** Values as they were before the changes. */
function undone({ settings, rewards }: Values, changes: readonly SettingsChange[]): Values {
  const values = { settings: { ...settings }, rewards: { ...rewards } };
  for (const { kind, changes: list } of [...changes].reverse())
    Object.assign(values[kind], Object.fromEntries(list.map(({ id, from }) => [id, from])));
  return values;
}
