import type { TrainSettings } from '../../../shared/config.ts';
import { PARAMETER_GROUPS, type ParameterGroup } from '../../policy/blocks.ts';
import type { Policy } from '../../policy/model.ts';
import type { LossWeights } from './lossTypes.ts';

/** How an update learns: from reward (PPO), from the expert (cloning), or from the policy's own best attempts. */
export type Mode = 'ppo' | 'clone' | 'self-cloning';

const PLANNER_ONLY = ['planner', 'goal', 'halt', 'critic'] as const;

/** Whether the Planner's decisions are learnt from. */
export function learnsByReward(
  { hasPlanner, config }: Policy,
  { plannerWeight }: TrainSettings,
): boolean {
  return hasPlanner && config.plannersCritic === true && plannerWeight > 0;
}

/** The weights that a setting lets learn. Critics act on nothing, and have to follow what is played. */
export function groupsOf(settings: TrainSettings, mode: Mode): readonly ParameterGroup[] {
  return mode === 'ppo' && settings.plannerOnly === 1 ? PLANNER_ONLY : PARAMETER_GROUPS;
}

/** @param warmingUp only the critic learns yet */
export function lossWeights(settings: TrainSettings, mode: Mode, warmingUp: boolean): LossWeights {
  if (mode === 'clone') {
    return {
      policy: 0,
      cloning: 1,
      value: 0.02,
      valueShare: 1,
      entropy: 0,
      reference: 0,
      pull: 0,
      goal: 1,
      planner: 0,
      clip: settings.clip,
    };
  }
  if (mode === 'self-cloning') {
    return {
      policy: 0,
      cloning: 1,
      // Only what went well is seen here: a critic would learn that everything goes well.
      value: 0,
      valueShare: 0,
      entropy: 0,
      reference: 0,
      pull: settings.klWeight,
      goal: 1,
      planner: 0,
      clip: settings.clip,
    };
  }
  return {
    policy: 1,
    cloning: 0,
    value: settings.valueWeight,
    valueShare: settings.valueShare,
    entropy: settings.entropyWeight,
    reference: settings.klWeight,
    pull: 0,
    goal: warmingUp ? 0 : Math.max(settings.goalWeight, settings.hindsightWeight),
    planner: settings.plannerWeight,
    clip: settings.clip,
  };
}
