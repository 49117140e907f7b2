import { defaultsOf, type FieldValues, partialSchemaOf, schemaOf } from './fields.ts';

/**
 * The named terms of a step's reward. Each term is a plain signal computed from the transition
 * (see `envs/rewards.ts`); the step's reward is the sum of weight × signal. Weights may change while
 * a run learns. Success is never judged by these: only Minigrid's own mission reward counts.
 */
export const REWARD_FIELDS = {
  mission: {
    label: 'Mission success',
    unit: '× Minigrid reward',
    default: 1,
    min: 0,
    max: 5,
    step: 0.1,
    live: true,
    help: 'Paid once, when the mission is done: 1 − 0.9 × steps / limit, so being quick pays more.',
  },
  stepCost: {
    label: 'Step cost',
    unit: 'per step',
    default: 0,
    min: 0,
    max: 0.1,
    step: 0.001,
    live: true,
    help: 'Taken off at every step: makes the agent hurry, and give up when it is too high.',
  },
  wrongObject: {
    label: 'Wrong object',
    unit: 'per object faced',
    default: 0,
    min: 0,
    max: 1,
    step: 0.01,
    live: true,
    help: 'Taken off when the agent comes to face an object the mission does not name. Too high, and it learns to look away from everything.',
  },
  bump: {
    label: 'Bump',
    unit: 'per bump',
    default: 0,
    min: 0,
    max: 0.1,
    step: 0.005,
    live: true,
    help: 'Taken off when it walks into something that does not give way.',
  },
  useless: {
    label: 'Useless action',
    unit: 'per action',
    default: 0,
    min: 0,
    max: 0.1,
    step: 0.005,
    live: true,
    help: 'Taken off for a pick-up, drop, toggle or done that changes nothing.',
  },
  exploration: {
    label: 'Exploration',
    unit: 'per new cell seen',
    default: 0,
    min: 0,
    max: 0.05,
    step: 0.001,
    live: true,
    help: 'Paid for every cell seen for the first time in the episode: rewards curiosity, even when the mission is in plain sight.',
  },
  handled: {
    label: 'Opened or picked up',
    unit: 'per time',
    default: 0,
    min: 0,
    max: 0.5,
    step: 0.01,
    live: true,
    help: 'Paid each time a door is opened or an object is picked up, however often. Nothing is taken back for shutting it or putting it down: this can be farmed, and is.',
  },
  subgoal: {
    label: 'Part of the mission',
    unit: 'per part',
    default: 0,
    min: 0,
    max: 1,
    step: 0.05,
    live: true,
    help: 'Paid when a part of the mission is done for the first time: a step of a sequence, or lifting the object to be moved.',
  },
  progress: {
    label: 'Progress',
    unit: 'per cell nearer',
    default: 0,
    min: 0,
    max: 0.5,
    step: 0.01,
    live: true,
    help: 'Paid for coming nearer to what the mission needs next and taken back for going away (potential-based: it cannot be farmed).',
  },
  goalReached: {
    label: 'Goal reached',
    unit: 'per goal',
    default: 0,
    min: 0,
    max: 1,
    step: 0.05,
    live: true,
    help: 'Paid when the agent gets to the target that its Planner has announced, once for each goal: makes the Doer do what was announced. What the Planner learns from leaves it out, so that it does not choose easy goals for it.',
  },
  goalGivenUp: {
    label: 'Goal given up',
    unit: 'per goal',
    default: 0,
    min: 0,
    max: 1,
    step: 0.05,
    live: true,
    help: 'Taken off when the Planner turns to another goal, or the episode ends, before the announced target is reached. What the Planner learns from leaves it out, too.',
  },
} as const satisfies import('./fields.ts').FieldTable;

export type RewardTermId = keyof typeof REWARD_FIELDS;
export type RewardWeights = FieldValues<typeof REWARD_FIELDS>;
export const REWARD_TERM_IDS = Object.keys(REWARD_FIELDS) as readonly RewardTermId[];
export const DEFAULT_REWARDS: RewardWeights = defaultsOf(REWARD_FIELDS);
export const rewardsSchema = schemaOf(REWARD_FIELDS);
export const rewardsPatchSchema = partialSchemaOf(REWARD_FIELDS);

export interface RewardPreset {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly weights: RewardWeights;
}

export const REWARD_PRESETS: readonly RewardPreset[] = [
  {
    id: 'sparse',
    label: 'Sparse (BabyAI)',
    help: 'Only the mission pays, as in the benchmark.',
    weights: DEFAULT_REWARDS,
  },
  {
    id: 'shaped',
    label: 'Shaped',
    help: 'The mission pays, and so do its parts and coming nearer.',
    weights: { ...DEFAULT_REWARDS, subgoal: 0.2, progress: 0.02, bump: 0.005, useless: 0.005 },
  },
  {
    id: 'curious',
    label: 'Curious',
    help: 'Seeing new cells pays a little: helps where the target is in another room.',
    weights: { ...DEFAULT_REWARDS, exploration: 0.002, subgoal: 0.2 },
  },
  {
    id: 'adversarial',
    label: 'Adversarial',
    help: 'Wrong on purpose: opening a door or picking something up pays each time. The agent learns to open and shut a door for ever, and leaves its mission undone.',
    weights: { ...DEFAULT_REWARDS, handled: 0.2 },
  },
];
