import { z } from 'zod';
import {
  idleSetting,
  LEARNINGS,
  type Learning,
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
import { REWARD_PRESETS, type RewardWeights, rewardsPatchSchema } from '../../shared/rewards.ts';
import { Random } from '../policy/random.ts';
import { taskOf } from '../tasks/index.ts';

/** What is wrong with a sweep's file: one sentence with the field, what it is and what is accepted. */
export class SweepError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SweepError';
  }
}

/** One combination of what a sweep varies; it is trained once with each seed. */
export interface Configuration {
  /** What sets it apart from the others, such as `GoToLocal · learningRate=0.001`. */
  name: string;
  level: string;
  policy: PolicyKind;
  rewards: Partial<RewardWeights>;
  settings: Partial<TrainSettings>;
}

export interface SweepPlan {
  init: string;
  learning: Learning;
  preset: PresetId;
  configurations: Configuration[];
  seeds: number[];
  /** Environment steps after which members are tested, and all but the best end; the last is the whole length. */
  rungs: number[];
  /** One in so many goes on after a rung. */
  factor: number;
  evalEpisodes: number;
}

const MOST_CONFIGURATIONS = 1000;
const presetIds = REWARD_PRESETS.map(({ id }) => id);

const rangeSchema = z
  .strictObject({ from: z.number(), to: z.number(), log: z.boolean().default(false) })
  .refine(({ from, to, log }) => from < to && (!log || from > 0), {
    error: 'accepted: from below to, and above 0 where log is true',
  });
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .min(1)
    .refine((items) => new Set(items.map((one) => JSON.stringify(one))).size === items.length, {
      error: 'accepted: each value once',
    });
const wholeNumber = z.int().min(0);

const fileSchema = z.strictObject({
  levels: listOf(z.string()),
  init: z.string().default('scratch'),
  learning: z.enum(LEARNINGS).optional(),
  policies: listOf(z.enum(POLICY_KINDS)).optional(),
  preset: z.enum(PRESET_IDS).optional(),
  rewards: listOf(z.union([z.enum(presetIds), rewardsPatchSchema])).default([{}]),
  settings: z.record(z.string(), z.union([listOf(z.number()), rangeSchema])).default({}),
  seeds: listOf(wholeNumber).default([1]),
  search: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('grid') }),
      z.strictObject({
        kind: z.literal('random'),
        samples: z.int().min(1).max(MOST_CONFIGURATIONS),
        seed: wholeNumber.default(1),
      }),
    ])
    .default({ kind: 'grid' }),
  steps: z.int().min(1),
  halving: z
    .strictObject({ firstSteps: z.int().min(1), factor: z.int().min(2).max(10).default(3) })
    .optional(),
  evalEpisodes: z.int().min(10).max(10_000).default(200),
});
type SweepFile = z.infer<typeof fileSchema>;

/**
 * Reads a sweep's file: what is varied, and how it is searched. Throws a SweepError that names the field.
 * @param fullLevel the full id of a level; throws where there is none of that name
 */
export function readSweep(input: unknown, fullLevel: (level: string) => string): SweepPlan {
  const parsed = fileSchema.safeParse(input);
  if (!parsed.success) throw new SweepError(describeIssue(parsed.error, input));
  const file = parsed.data;
  const { init, steps, halving, seeds, evalEpisodes } = file;
  if (init !== 'scratch' && (file.policies || file.preset))
    throw new SweepError(
      `${file.policies ? 'policies' : 'preset'} has no effect where runs start from ${init}; accepted: with init "scratch" only`,
    );
  if (halving && halving.firstSteps >= steps)
    throw new SweepError(
      `halving.firstSteps is ${halving.firstSteps}; accepted: below steps, which is ${steps}`,
    );
  const learning = file.learning ?? 'ppo';
  const levels = file.levels.map(fullLevel);
  const configurations = combinationsOf({ ...file, levels }, learning);
  const rungs = [steps];
  if (halving)
    for (let at = halving.firstSteps; at < steps; at *= halving.factor) rungs.splice(-1, 0, at);
  const factor = halving?.factor ?? 1;
  const preset = file.preset ?? 'nano';
  return { init, learning, preset, configurations, seeds, rungs, factor, evalEpisodes };
}

function combinationsOf(file: SweepFile, learning: Learning): Configuration[] {
  const { levels, rewards, settings, search } = file;
  const policies = file.policies ?? ['hrm'];
  const found: Configuration[] = [];
  const add = (
    level: string,
    policy: PolicyKind,
    reward: number,
    chosen: Partial<TrainSettings>,
  ) => {
    const wrong = settingsPatchSchema.safeParse(chosen);
    if (!wrong.success) throw new SweepError(`settings.${describeIssue(wrong.error, chosen)}`);
    const idle = idleSetting(learning, policy, chosen);
    if (idle) throw new SweepError(`settings.${idle.id} ${idle.message}`);
    const asked = rewards[reward];
    const preset = REWARD_PRESETS.find(({ id }) => id === asked);
    const parts = [
      ...(levels.length > 1 ? [taskOf(level).names.short(level)] : []),
      ...(policies.length > 1 ? [policy] : []),
      ...(rewards.length > 1 ? [preset ? `reward ${preset.id}` : `reward ${reward + 1}`] : []),
      ...Object.entries(chosen)
        .filter(([id]) => !isFixed(settings[id]))
        .map(([id, value]) => `${id}=${Number(value.toPrecision(4))}`),
    ];
    found.push({
      name: parts.join(' · ') || taskOf(level).names.short(level),
      ...{ level, policy, settings: chosen },
      rewards: preset?.weights ?? (asked as Partial<RewardWeights>),
    });
  };
  for (const id of Object.keys(settings))
    if (!(id in TRAIN_FIELDS))
      throw new SweepError(
        `settings has "${id}"; accepted: ${Object.keys(TRAIN_FIELDS).join(', ')}`,
      );
  if (search.kind === 'random') {
    const random = new Random(search.seed, 0);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random.uniform() * items.length)];
    for (let sample = 0; sample < search.samples; sample++) {
      const level = pick(levels);
      const policy = pick(policies);
      const reward = Math.floor(random.uniform() * rewards.length);
      const chosen = Object.entries(settings).map(([id, values]) => [
        id,
        Array.isArray(values) ? pick(values) : drawn(id as TrainSettingId, values, random),
      ]);
      add(level, policy, reward, Object.fromEntries(chosen));
    }
    return found;
  }
  const count = Object.values(settings).reduce(
    (product, values) => product * (Array.isArray(values) ? values.length : 1),
    levels.length * policies.length * rewards.length,
  );
  if (count > MOST_CONFIGURATIONS)
    throw new SweepError(
      `the grid has ${count} combinations; accepted: up to ${MOST_CONFIGURATIONS}, or search {"kind": "random", "samples": N}`,
    );
  for (const level of levels)
    for (const policy of policies)
      for (const reward of rewards.keys())
        for (const chosen of grid(settings)) add(level, policy, reward, chosen);
  return found;
}

function grid(settings: SweepFile['settings']): Partial<TrainSettings>[] {
  let all: Partial<TrainSettings>[] = [{}];
  for (const [id, values] of Object.entries(settings)) {
    if (!Array.isArray(values))
      throw new SweepError(
        `settings.${id} is a range; accepted: a list of values, or a range with search {"kind": "random", "samples": N}`,
      );
    all = all.flatMap((one) => values.map((value) => ({ ...one, [id]: value })));
  }
  return all;
}

/** A value of a range: uniform, or so that its logarithm is; whole where the setting is. */
function drawn(
  id: TrainSettingId,
  { from, to, log }: z.infer<typeof rangeSchema>,
  random: Random,
): number {
  const at = random.uniform();
  const value = log ? from * (to / from) ** at : from + (to - from) * at;
  return settingsPatchSchema.safeParse({ [id]: value }).success ? value : Math.round(value);
}

const isFixed = (values: SweepFile['settings'][string] | undefined) =>
  Array.isArray(values) && values.length === 1;
