import { TRAIN_FIELDS } from '../../shared/config.ts';
import type { NumberField } from '../../shared/fields.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { REWARD_FIELDS } from '../../shared/rewards.ts';

/** "Wrong object 0 → 0.3, Bump 0 → 0.01". */
export function describeChange(change: SettingsChange): string {
  const table: Readonly<Record<string, NumberField>> =
    change.kind === 'rewards' ? REWARD_FIELDS : TRAIN_FIELDS;
  return change.changes
    .map(({ id, from, to }) => `${table[id]?.label ?? id} ${from} → ${to}`)
    .join(', ');
}

/**
 * Steps of an episode at which settings changed, while the run's `worlds` were stepped together; each
 * with the change. A change takes effect between two rollouts, so the place is exact to one rollout.
 */
export function changesWithin(
  { source, outcome }: Replay,
  changes: readonly SettingsChange[],
  worlds: number,
): { step: number; change: SettingsChange }[] {
  if (source.kind !== 'training') return [];
  return changes.flatMap((change) => {
    const step = outcome.steps - (source.envSteps - change.envSteps) / worlds;
    return step > 0 && step <= outcome.steps ? [{ step, change }] : [];
  });
}
