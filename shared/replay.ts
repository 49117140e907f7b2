import { z } from 'zod';
import { MAX_EPISODE_STEPS, MAX_GRID_SIDE, NUM_ACTIONS } from './constants.ts';
import { SUBGOALS } from './goals.ts';
import { DEED_IDS } from './moments.ts';
import { playedSchema } from './play.ts';
import { REWARD_TERM_IDS } from './rewards.ts';
import { quoted } from './text.ts';

export const REPLAY_FORMAT = 'planner-doer-replay';
export const REPLAY_VERSION = 1;
/** Longest name of a level: missions and layouts made by hand are their own names, the largest of 64×64 cells. */
export const MAX_LEVEL_ID_LENGTH = 20_500;
/** A later moment is none that a date can hold. */
const MAX_TIME = 8.64e15;
/** A longer document is refused before it is read further. */
export const MAX_REPLAY_STEPS = MAX_EPISODE_STEPS;
/** Only the first so many steps keep how each thought came about. */
export const MAX_READOUT_STEPS = 256;
/** Targets that are kept of the Planner's belief at a replan: the likeliest. */
export const GOAL_CANDIDATES = 8;
const MAX_CYCLES = 64;

const stepCount = z.number().int().min(0).max(MAX_REPLAY_STEPS);
const column = (item: z.ZodType<number>) => z.array(item).max(MAX_REPLAY_STEPS);
const finite = z.number().refine(Number.isFinite);
/** A term that is not named did not exist when the episode was played, and paid nothing. */
const rewardWeightsSchema = z.partialRecord(
  z.enum(REWARD_TERM_IDS as [string, ...string[]]),
  finite,
);
const thousandths = z.number().int().min(0).max(1000);

/**
 * How the thoughts of an episode's first steps came about, read from the same heads after every
 * cycle. Flat columns; "replans" are those among the steps that have readouts.
 */
const readoutsSchema = z.strictObject({
  /** Doer iterations at each step; as many entries as steps with readouts. */
  cycles: z.array(z.number().int().min(1).max(MAX_CYCLES)).max(MAX_READOUT_STEPS),
  /** Action probabilities after each iteration, sum of `cycles` rows of 7. */
  actions: z.array(thousandths).max(MAX_READOUT_STEPS * MAX_CYCLES * NUM_ACTIONS),
  /** Planner updates at each replan. */
  plannerCycles: z.number().int().min(0).max(MAX_CYCLES),
  /** Candidate targets of each replan in world cells, likeliest first; −1 for "no target". */
  goalX: z
    .array(z.number().int().min(-1).max(MAX_GRID_SIDE))
    .max(MAX_READOUT_STEPS * GOAL_CANDIDATES),
  goalY: z
    .array(z.number().int().min(-1).max(MAX_GRID_SIDE))
    .max(MAX_READOUT_STEPS * GOAL_CANDIDATES),
  /** Their probabilities before the Planner thought and after each update: replans × (plannerCycles + 1) × candidates. */
  goals: z.array(thousandths).max(MAX_READOUT_STEPS * GOAL_CANDIDATES * (MAX_CYCLES + 1)),
  /** Probabilities of the subgoals after the last update: replans × SUBGOALS. */
  subgoals: z.array(thousandths).max(MAX_READOUT_STEPS * SUBGOALS.length),
});
export type Readouts = z.infer<typeof readoutsSchema>;

/**
 * A whole episode in one message. Columns, one entry a step, keep it to a few kB. The world itself is
 * not in it: level + seed + actions re-simulate it exactly, and `hashes` proves that they did.
 */
export const replaySchema = z.strictObject({
  format: z.literal(REPLAY_FORMAT),
  version: z.literal(REPLAY_VERSION),
  id: z.string().min(1).max(80),
  levelId: z.string().min(1).max(MAX_LEVEL_ID_LENGTH),
  /** Level seed given to `reset`. */
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  mission: z.string().max(400),
  /** Milliseconds since 1970. */
  createdAt: z.number().int().min(0).max(MAX_TIME),
  /** Where it came from; empty strings and zeros for episodes played by hand. */
  source: z.strictObject({
    kind: z.enum(['training', 'evaluation', 'bot', 'person']),
    runId: z.string().max(80),
    policy: z.string().max(80),
    envSteps: z.number().int().min(0),
  }),
  /** How it was played, where somebody asked for it: with the policy, enough to play it again. */
  played: playedSchema.optional(),
  rewardWeights: rewardWeightsSchema,
  /**
   * Where the weights were changed during the episode: those that held before step `until` (counted from
   * 0), in order. `rewardWeights` hold from the last of these steps on.
   */
  rewardChanges: z
    .array(z.strictObject({ until: stepCount, weights: rewardWeightsSchema }))
    .max(MAX_REPLAY_STEPS)
    .optional(),
  outcome: z.strictObject({
    success: z.boolean(),
    terminated: z.boolean(),
    truncated: z.boolean(),
    missionReward: finite,
    return: finite,
    steps: stepCount,
  }),
  /** What the agent did that a person would call an achievement; absent in documents of before it was noted. */
  deeds: z.array(z.enum(DEED_IDS)).max(DEED_IDS.length).optional(),
  /** State hash after reset, then after every step: steps + 1 entries, unsigned 32-bit. */
  hashes: z.array(z.number().int().min(0).max(0xffffffff)).max(MAX_REPLAY_STEPS + 1),
  actions: column(
    z
      .number()
      .int()
      .min(0)
      .max(NUM_ACTIONS - 1),
  ),
  /** Weighted value of each non-zero reward term, by term. */
  rewards: z.partialRecord(z.enum(REWARD_TERM_IDS as [string, ...string[]]), column(finite)),
  /** What went on in the policy; absent for episodes played by the bot or a person. */
  mind: z
    .strictObject({
      /** Action probabilities, steps × 7, row by row, in thousandths. */
      probabilities: z.array(z.number().int().min(0).max(1000)).max(MAX_REPLAY_STEPS * NUM_ACTIONS),
      /** Value estimate before each step, in units of return. */
      values: column(finite),
      /** Index into SUBGOALS, −1 where there is no goal. */
      subgoals: column(
        z
          .number()
          .int()
          .min(-1)
          .max(SUBGOALS.length - 1),
      ),
      /** Target cell in world coordinates, −1 where the goal has none. */
      goalX: column(z.number().int().min(-1).max(MAX_GRID_SIDE)),
      goalY: column(z.number().int().min(-1).max(MAX_GRID_SIDE)),
      /** Planner's confidence in its goal, in thousandths. */
      confidence: column(z.number().int().min(0).max(1000)),
      /** 1 where the Planner chose a new goal at this step. */
      replans: column(z.number().int().min(0).max(1)),
      /** Reasoning segments spent. */
      ponder: column(z.number().int().min(0).max(64)),
      /** First two principal components of z_H and z_L: steps × 2 each. */
      planeH: z
        .array(finite)
        .max(MAX_REPLAY_STEPS * 2)
        .optional(),
      planeL: z
        .array(finite)
        .max(MAX_REPLAY_STEPS * 2)
        .optional(),
      /** Share of the variance of z_H and of z_L that these two components hold. */
      planeShare: z.tuple([thousandths, thousandths]).optional(),
      readouts: readoutsSchema.optional(),
    })
    .optional(),
});

export type Replay = z.infer<typeof replaySchema>;

/** Something wrong with one field of a document. */
export interface FieldFault {
  field: string;
  message: string;
}
type Expect = (field: string, length: number, wanted: number) => FieldFault | undefined;

/** Everything the schema cannot say: that the columns are as long as the episode. */
export function checkReplayColumns(replay: Replay): FieldFault | undefined {
  const steps = replay.outcome.steps;
  const expect: Expect = (field, length, wanted) =>
    length === wanted
      ? undefined
      : { field, message: `${field} has ${length} entries; accepted: ${wanted}` };
  const mind = replay.mind;
  return [
    expect('actions', replay.actions.length, steps),
    expect('hashes', replay.hashes.length, steps + 1),
    ...Object.entries(replay.rewards).map(([term, values]) =>
      expect(`rewards.${term}`, values?.length ?? steps, steps),
    ),
    ...(mind
      ? [
          expect('mind.probabilities', mind.probabilities.length, steps * NUM_ACTIONS),
          ...(
            ['values', 'subgoals', 'goalX', 'goalY', 'confidence', 'replans', 'ponder'] as const
          ).map((name) => expect(`mind.${name}`, mind[name].length, steps)),
          expect('mind.planeH', mind.planeH?.length ?? steps * 2, steps * 2),
          expect('mind.planeL', mind.planeL?.length ?? steps * 2, steps * 2),
          ...checkReadouts(mind.readouts, mind.replans, expect),
        ]
      : []),
  ].find((fault) => fault !== undefined);
}

function checkReadouts(
  readouts: Readouts | undefined,
  replans: readonly number[],
  expect: Expect,
): (FieldFault | undefined)[] {
  if (!readouts) return [];
  const { cycles } = readouts;
  const count = replans.slice(0, cycles.length).reduce((sum, flag) => sum + flag, 0);
  const rows = cycles.reduce((sum, own) => sum + own, 0);
  const candidates = count * GOAL_CANDIDATES;
  const wanted = {
    actions: rows * NUM_ACTIONS,
    goalX: candidates,
    goalY: candidates,
    goals: candidates * (readouts.plannerCycles + 1),
    subgoals: count * SUBGOALS.length,
  };
  return [
    cycles.length > replans.length
      ? expect('mind.readouts.cycles', cycles.length, replans.length)
      : undefined,
    ...Object.entries(wanted).map(([name, length]) =>
      expect(`mind.readouts.${name}`, readouts[name as keyof typeof wanted].length, length),
    ),
  ];
}

/** Reads an untrusted document. Throws one Error that names the field, what was given and what is accepted. */
export function parseReplay(input: unknown): Replay {
  const result = replaySchema.safeParse(input);
  if (!result.success) throw new Error(`replay: ${describeIssue(result.error, input)}`);
  const wrong = checkReplayColumns(result.data);
  if (wrong) throw new Error(`replay: ${wrong.message}`);
  return result.data;
}

/** First problem of a zod error as one sentence with the field's path and the value given. */
export function describeIssue(error: z.ZodError, input?: unknown): string {
  const issue = error.issues[0];
  if (issue === undefined) return error.message;
  const path = issue.path.join('.') || '(whole input)';
  let given: unknown = input;
  for (const key of issue.path) given = (given as Record<PropertyKey, unknown> | undefined)?.[key];
  return `${path} is ${shown(given)}; ${acceptedBy(issue)}`;
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ object: 'an object with fields', array: 'a list', record: 'an object with fields' },
};
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items' };

/** What the schema says itself, or what zod's own codes mean. */
function acceptedBy(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('accepted')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `accepted: ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `accepted: at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'too_small':
      return `accepted: at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'invalid_value':
      return `accepted: ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  // JSON would call NaN and infinity null.
  if (typeof value === 'number') return String(value);
  return quoted(value);
}
