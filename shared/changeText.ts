import { TRAIN_FIELDS } from './config.ts';
import type { NumberField } from './fields.ts';
import { REWARD_FIELDS } from './rewards.ts';
import type { SettingsChange } from './wire.ts';

/** "Wrong object 0 → 0.3, Bump 0 → 0.01". */
export function describeChange(change: SettingsChange): string {
  const table: Readonly<Record<string, NumberField>> =
    change.kind === 'rewards' ? REWARD_FIELDS : TRAIN_FIELDS;
  return change.changes
    .map(({ id, from, to }) => `${table[id]?.label ?? id} ${from} → ${to}`)
    .join(', ');
}
