import {
  ENGINE_CHOICES,
  POLICY_KINDS,
  PRESET_IDS,
  settingsPatchSchema,
  TRAIN_FIELDS,
  type TrainSettingId,
  type TrainSettings,
} from '../../shared/config.ts';
import { describeIssue } from '../../shared/replay.ts';
import { UsageError } from './command.ts';

/** What computes, for every command that runs a policy. */
export const COMPUTE_OPTIONS = {
  engine: {
    type: 'text',
    help: 'What computes; auto picks the fastest that works.',
    choices: ENGINE_CHOICES,
    default: 'auto',
  },
  workers: {
    type: 'integer',
    help: 'Worker threads; 0 chooses from the cores.',
    default: 0,
    min: 0,
    max: 64,
  },
} as const;

/** Which policy to play; a command adds whether it must be given. */
export const CHECKPOINT_OPTION = {
  type: 'text',
  help: 'A checkpoint file, or a shipped one by name.',
  placeholder: 'FILE|NAME',
} as const;

/** Options that every command which trains shares. */
export const TRAINING_OPTIONS = {
  preset: { type: 'text', help: 'Size of the policy.', choices: PRESET_IDS, default: 'nano' },
  policy: { type: 'text', help: 'Kind of policy.', choices: POLICY_KINDS, default: 'hrm' },
  ...COMPUTE_OPTIONS,
  seed: { type: 'integer', help: 'Seed of weights, worlds and chance.', default: 1, min: 0 },
  set: {
    type: 'list',
    help: `Training settings as name=value. Names: ${Object.keys(TRAIN_FIELDS).join(', ')}.`,
    placeholder: 'NAME=VALUE',
  },
} as const;

/** Settings from `--set name=value …`. Throws a UsageError that names the setting, what was given and what is accepted. */
export function parseSettings(pairs: readonly string[] | undefined): Partial<TrainSettings> {
  const patch: Partial<Record<TrainSettingId, number>> = {};
  for (const pair of pairs ?? []) {
    const [name, value, ...rest] = pair.split('=');
    if (!(name in TRAIN_FIELDS) || value === undefined || rest.length > 0) {
      throw new UsageError(
        `--set is "${pair}"; accepted: NAME=VALUE with one of the names ${Object.keys(TRAIN_FIELDS).join(', ')}`,
      );
    }
    patch[name as TrainSettingId] = value.trim() === '' ? Number.NaN : Number(value);
  }
  const result = settingsPatchSchema.safeParse(patch);
  if (!result.success) throw new UsageError(`--set ${describeIssue(result.error, patch)}`);
  return result.data;
}
