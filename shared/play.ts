import { z } from 'zod';
import { MAX_EPISODE_STEPS, MAX_GRID_SIDE, NUM_ACTIONS } from './constants.ts';
import { SUBGOALS } from './goals.ts';

/** Parts of the policy that can be switched off, to see what they are good for. */
export const ABLATIONS = {
  none: {
    label: 'Everything on',
    help: 'The policy as it was trained.',
  },
  withoutPlanner: {
    label: 'Without Planner',
    help: 'The Planner never thinks and announces no goal: the Doer acts on what it sees and its mission alone.',
  },
  frozenPlanner: {
    label: 'Frozen Planner',
    help: 'The Planner thinks once, at the first step; its state and its goal stay as they are until the end.',
  },
  frozenDoer: {
    label: 'Frozen Doer',
    help: 'The Doer thinks once, at the first step; its state, and with it the action probabilities, stay as they are until the end.',
  },
} as const;
export type Ablation = keyof typeof ABLATIONS;
export const ABLATION_IDS = Object.keys(ABLATIONS) as [Ablation, ...Ablation[]];

/** Who sets the goals, and who acts: whose fault is a failure? */
export const PLANNER_CHOICES = {
  own: { label: 'Own Planner', help: 'The policy’s Planner sets the goals.' },
  expert: {
    label: 'Expert’s goals',
    help: 'The scripted expert sets the goals: what still fails is the Doer’s fault.',
  },
} as const;
export const DOER_CHOICES = {
  own: { label: 'Own Doer', help: 'The policy’s Doer acts.' },
  exact: {
    label: 'Exact walker',
    help: 'An exact walker goes to each announced target and does there what the goal says: what still fails is the fault of the goals.',
  },
} as const;
export const PLANNERS = Object.keys(PLANNER_CHOICES) as ['own', 'expert'];
export const DOERS = Object.keys(DOER_CHOICES) as ['own', 'exact'];
/** How the Planner's own goals, and when it thinks, are taken from the probabilities that it gives. */
export const GOAL_MODES = ['sampled', 'likeliest'] as const;
export type WhoPlans = (typeof PLANNERS)[number];
export type WhoActs = (typeof DOERS)[number];
export type GoalMode = (typeof GOAL_MODES)[number];

/** When a goal that was given from outside is over. */
export const OVERRIDE_ENDS = ['reached', 'end'] as const;

export const MAX_OVERRIDES = 16;
const step = z.number().int().min(0).max(MAX_EPISODE_STEPS);
const cell = z.number().int().min(0).max(MAX_GRID_SIDE);

/** A goal that the Planner is given instead of choosing one. */
export const overrideSchema = z.strictObject({
  /** First step at which it holds; 0 is the episode's first. */
  step,
  /** Target in world cells. */
  x: cell,
  y: cell,
  subgoal: z.enum(SUBGOALS).default('goNextTo'),
  /** `reached`: the Planner decides again once the target was dealt with. `end`: it never does. */
  until: z.enum(OVERRIDE_ENDS).default('reached'),
});
export type GoalOverride = z.infer<typeof overrideSchema>;

/** How an episode is to be played; everything may be left out. */
export const playOptions = {
  /** Take the likeliest actions, and the likeliest goals where nothing else is said of them, instead of drawing them. */
  greedy: z.boolean().default(false),
  /** How the Planner's own goals are taken; by default as is usual for the policy. */
  goals: z.enum(GOAL_MODES).optional(),
  /** Seed of the draws; by default the level's seed, as in evaluation. */
  chance: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  /** Planner updates each time it replans; by default as trained. */
  depth: z.number().int().min(1).max(64).optional(),
  ablation: z.enum(ABLATION_IDS).default('none'),
  /** Who sets the goals; the policy's Planner where nothing is said. */
  planner: z.enum(PLANNERS).optional(),
  /** Who acts; the policy's Doer where nothing is said. */
  doer: z.enum(DOERS).optional(),
  overrides: z.array(overrideSchema).max(MAX_OVERRIDES).default([]),
};

/** As a replay keeps it. One that does not say how goals were taken is older: they were the likeliest. */
export const playedSchema = z.strictObject({
  ...playOptions,
  /** The first so many actions were given from outside; the policy thought along. */
  forced: step.default(0),
});
export type Played = z.infer<typeof playedSchema>;

/** What `episode:play` takes beside policy, level and seed. */
export const playRequest = {
  ...playOptions,
  /** Actions to be taken at the first steps, whatever the policy proposes; then it takes over. */
  actions: z
    .array(
      z
        .number()
        .int()
        .min(0)
        .max(NUM_ACTIONS - 1),
    )
    .max(MAX_EPISODE_STEPS)
    .default([]),
  /** Stop after this many steps, although the episode is not over. */
  maxSteps: z.number().int().min(1).max(MAX_EPISODE_STEPS).optional(),
};

/** Policies beside checkpoints: the scripted expert, and drawing actions blindly. */
export const SCRIPTED_POLICIES = ['expert', 'random'] as const;
export type ScriptedPolicy = (typeof SCRIPTED_POLICIES)[number];
