import {
  ENGINE_CHOICES,
  POLICY_KINDS,
  type PolicyKind,
  PRESET_IDS,
  type PresetId,
  settingsPatchSchema,
  TRAIN_FIELDS,
  type TrainSettingId,
  type TrainSettings,
} from '../../shared/config.ts';
import { describeIssue } from '../../shared/replay.ts';
import type { LearnersStart } from '../../shared/usualLearning.ts';
import { learnersStart } from '../learning/learnersStart.ts';
import type { SessionOptions } from '../learning/sessionOptions.ts';
import { weighUpdate } from '../learning/updateCost.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { natureOf, unmetWish } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { availableMemory } from '../runs/driveOptions.ts';
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
  path: 'read',
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

/** How many seeds, for commands that train several times. */
export const SEEDS_OPTION = {
  type: 'integer',
  help: 'How many seeds, counted up from --seed.',
  default: 3,
  min: 1,
  max: 100,
} as const;

/** Seeds counted up from `--seed`. Throws a UsageError where the last of them is no exact whole number. */
export function seedsFrom(seed: number, count: number): number[] {
  const most = Number.MAX_SAFE_INTEGER - count + 1;
  if (seed > most)
    throw new UsageError(
      `--seed is ${seed}, and the last of ${count} seeds is above ${Number.MAX_SAFE_INTEGER}; accepted: up to ${most} with so many`,
    );
  return Array.from({ length: count }, (_v, i) => seed + i);
}

/**
 * The kind and size of policy to train, and what it knows already. Throws a UsageError where one is asked for that cannot be had:
 * what starts from a file is what the file holds.
 */
export async function policyAskedFor(
  { init, policy, preset }: { init: string; policy: PolicyKind; preset: PresetId },
  given: ReadonlySet<string>,
): Promise<{ policy: PolicyKind; preset: PresetId; start: LearnersStart }> {
  if (init === 'scratch') return { policy, preset, start: learnersStart(undefined) };
  const file = await readPolicy(init);
  const found = natureOf(file.config);
  const wish = {
    ...(given.has('policy') ? { policy } : {}),
    ...(given.has('preset') ? { preset } : {}),
  };
  const unmet = unmetWish(wish, found, init);
  if (unmet) throw new UsageError(`--${unmet.field} ${unmet.message}`);
  return {
    policy: found.policy,
    preset: found.preset === 'custom' ? preset : found.preset,
    start: learnersStart(file),
  };
}

type Costly = Pick<
  SessionOptions,
  'policy' | 'preset' | 'sizes' | 'settings' | 'engine' | 'workers'
>;

/** Says what an update takes where that is much. Throws a UsageError where it is more than this machine has. */
export function checkUpdateCost(
  { policy, preset, sizes, settings, engine, workers }: Costly,
  say: (line: string) => void,
): void {
  const config = { ...policyConfig(preset, policy), ...sizes };
  const verdict = weighUpdate(config, settings, { engine, workers }, availableMemory());
  if ('refused' in verdict) throw new UsageError(verdict.refused);
  if (verdict.warning !== undefined) say(verdict.warning);
}

/** Settings from `--set name=value …`. Throws a UsageError that names the setting, what was given and what is accepted. */
export function parseSettings(pairs: readonly string[] | undefined): Partial<TrainSettings> {
  const patch: Partial<Record<TrainSettingId, number>> = {};
  for (const pair of pairs ?? []) {
    const [name, value, ...rest] = pair.split('=');
    const number = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
    if (!Object.hasOwn(TRAIN_FIELDS, name) || value === undefined || rest.length > 0) {
      throw new UsageError(
        `--set is "${pair}"; accepted: NAME=VALUE with one of the names ${Object.keys(TRAIN_FIELDS).join(', ')}`,
      );
    }
    // JSON knows no such number, and would call it null.
    if (!Number.isFinite(number))
      throw new UsageError(`--set is "${pair}"; accepted: ${name}=NUMBER with a finite number`);
    if (Object.hasOwn(patch, name))
      throw new UsageError(`--set names ${name} twice; accepted: each once`);
    patch[name as TrainSettingId] = number;
  }
  const result = settingsPatchSchema.safeParse(patch);
  if (!result.success) throw new UsageError(`--set ${describeIssue(result.error, patch)}`);
  return result.data;
}
