import { type Learning, settingIdsOf } from './config.ts';
import { REWARD_TERM_IDS, type RewardWeights } from './rewards.ts';

/**
 * Why a run learns as it does. Measured (server/learning/RESULTS.md): a policy that was taught many missions gets better by
 * imitating its own best tries, where PPO only holds it; where a policy fails for sure, or more than the mission is paid,
 * trying again helps little.
 */
export const LEARNING_REASONS = {
  asked: 'that was asked for',
  scratch: 'it starts from nothing, and has no good tries to imitate yet',
  noPlanner: 'its policy has no Planner',
  untaught:
    'it starts from a policy that was not taught many missions, and seldom finds a good try',
  settings: 'a setting was chosen that only PPO has',
  shaped: 'more than the mission is paid',
  shapedNow: 'more than the mission is paid now',
  missionOnly: 'only the mission is paid, and it starts from a policy that was taught many',
} as const;
export type LearningReason = keyof typeof LEARNING_REASONS;
export const LEARNING_REASON_IDS = Object.keys(LEARNING_REASONS) as [
  LearningReason,
  ...LearningReason[],
];

/** What a run starts from, as far as the way of learning depends on it. */
export interface LearnersStart {
  isScratch: boolean;
  hasPlanner: boolean;
  /** Whether an expert taught it missions of more than single rooms. */
  isTaught: boolean;
}

/** How a run learns, and why. */
export interface ChosenLearning {
  learning: Learning;
  learningReason: LearningReason;
}

/** Whether nothing but the mission is paid. */
export const paysMissionOnly = (rewards: RewardWeights): boolean =>
  REWARD_TERM_IDS.every((id) => (id === 'mission') === rewards[id] > 0);

/**
 * How a run learns where nobody says otherwise.
 * @param settings those that somebody chose
 */
export function usualLearning(
  start: LearnersStart,
  rewards: RewardWeights,
  settings: Readonly<Record<string, number | undefined>> = {},
): ChosenLearning {
  if (start.isScratch) return { learning: 'ppo', learningReason: 'scratch' };
  if (!start.hasPlanner) return { learning: 'ppo', learningReason: 'noPlanner' };
  if (!start.isTaught) return { learning: 'ppo', learningReason: 'untaught' };
  const known: readonly string[] = settingIdsOf('self-cloning');
  if (Object.keys(settings).some((id) => !known.includes(id)))
    return { learning: 'ppo', learningReason: 'settings' };
  return paysMissionOnly(rewards)
    ? learningByRewards(rewards)
    : { learning: 'ppo', learningReason: 'shaped' };
}

/** Whether a run's way of learning follows its rewards: it began by self-cloning, and nobody had asked for that. */
export const followsRewards = (reason: LearningReason): boolean =>
  reason === 'missionOnly' || reason === 'shapedNow';

/** How a run began to learn: what its worlds are made for. */
export const beganBy = ({ learning, learningReason }: ChosenLearning): Learning =>
  followsRewards(learningReason) ? 'self-cloning' : learning;

/** How such a run learns. */
export const learningByRewards = (rewards: RewardWeights): ChosenLearning =>
  paysMissionOnly(rewards)
    ? { learning: 'self-cloning', learningReason: 'missionOnly' }
    : { learning: 'ppo', learningReason: 'shapedNow' };

/** What is said where somebody asked for self-cloning and pays for more than the mission. */
export const SHAPED_TRIES =
  'What is paid beside the mission only decides which of its tries is the best one, in worlds where the first fails or takes long.';

/** What people are told where new rewards change how a run learns, or reach it only in part. */
export function learningNotice(
  before: ChosenLearning & { rewards: RewardWeights },
  after: ChosenLearning & { rewards: RewardWeights },
): string | undefined {
  if (after.learning !== before.learning)
    return `${learningInWords(after)}, from the next rollout on; all worlds begin a new episode then.`;
  const isShaped = after.learning === 'self-cloning' && !paysMissionOnly(after.rewards);
  return isShaped && paysMissionOnly(before.rewards)
    ? `This run imitates its own best tries, as was asked for. ${SHAPED_TRIES}`
    : undefined;
}

/** "Learns by self-cloning, because …" */
export const learningInWords = ({ learning, learningReason }: ChosenLearning): string =>
  `Learns by ${learning === 'ppo' ? 'PPO' : learning}, because ${LEARNING_REASONS[learningReason]}`;
