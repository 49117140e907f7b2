import type { WorldGoal } from '../shared/goals.ts';
import type { Deed } from '../shared/moments.ts';
import type { Replay } from '../shared/replay.ts';
import { REWARD_TERM_IDS, type RewardTermId, type RewardWeights } from '../shared/rewards.ts';
import { noteDeeds } from './deeds.ts';
import { createEnv } from './env.ts';
import { NUM_REWARD_TERMS, RewardMeter } from './rewards.ts';
import { EndBit } from './types.ts';

export interface ReplayVerdict {
  readonly ok: boolean;
  /** Steps that were re-simulated and found to be as recorded. */
  readonly steps: number;
  /** The first difference, in words. */
  readonly difference?: string;
}

/** Recorded rewards are single-precision, rounded to six digits. */
const REWARD_TOLERANCE = 2e-6;
/** Sums of single-precision reward terms may differ from the recorded total by this much. */
const RETURN_TOLERANCE = 1e-3;

/**
 * Plays a replay's actions again in a fresh environment and compares everything that follows from
 * level, seed, actions, goals and weights: mission, the state's hash after the reset and after every step, each
 * reward term of every step, and how the episode ended. What an agent thought cannot be checked, nor what it was paid for
 * its goals where the document does not tell these. Expects a document that `parseReplay` let
 * through; never throws for one, not even for an unknown level.
 */
export function verifyReplay(replay: Replay): ReplayVerdict {
  let steps = 0;
  const differs = (difference: string): ReplayVerdict => ({ ok: false, steps, difference });
  try {
    const env = createEnv(replay.levelId, { seed: replay.seed });
    if (env.mission !== replay.mission)
      return differs(`mission is “${replay.mission}”, but the level's is “${env.mission}”`);
    if (env.stateHash() !== replay.hashes[0])
      return differs('the state after the reset is another one');
    const meter = new RewardMeter(env, weightsAt(replay, 0));
    const terms = new Float32Array(NUM_REWARD_TERMS);
    meter.reset();
    const deeds = new Set<Deed>();
    let end = 0;
    for (const action of replay.actions) {
      if (end !== 0) return differs(`step ${steps + 1} comes after the episode's end`);
      meter.setWeights(weightsAt(replay, steps));
      meter.beforeStep();
      meter.pursue(goalAt(replay, steps));
      end = env.advance(action);
      noteDeeds(deeds, env.event, end);
      if (env.stateHash() !== replay.hashes[steps + 1])
        return differs(`the state after step ${steps + 1} is another one`);
      meter.measure({ success: (end & EndBit.success) !== 0, over: end !== 0 }, terms, 0);
      for (const [term, id] of REWARD_TERM_IDS.entries()) {
        if (!replay.mind && GOAL_TERMS.includes(id)) continue;
        const recorded = replay.rewards[id]?.[steps] ?? 0;
        const tolerance = REWARD_TOLERANCE * Math.max(1, Math.abs(terms[term]));
        if (!(Math.abs(recorded - terms[term]) <= tolerance))
          return differs(
            `rewards.${id} of step ${steps + 1} is ${recorded}, but it came out as ${terms[term]}`,
          );
      }
      steps++;
    }
    const outcome = {
      success: (end & EndBit.success) !== 0,
      terminated: (end & EndBit.terminated) !== 0,
      truncated: (end & EndBit.truncated) !== 0,
      missionReward: env.reward,
    };
    for (const [name, simulated] of Object.entries(outcome)) {
      const recorded = replay.outcome[name as keyof typeof outcome];
      if (recorded !== simulated)
        return differs(`outcome.${name} is ${recorded}, but it came out as ${simulated}`);
    }
    return checkDeeds(replay, [...deeds]) ?? checkReturn(replay) ?? { ok: true, steps };
  } catch (error) {
    return differs((error as Error).message);
  }

  function checkDeeds({ deeds }: Replay, simulated: Deed[]): ReplayVerdict | undefined {
    if (!deeds || String(deeds.toSorted()) === String(simulated.toSorted())) return undefined;
    return differs(`deeds are ${deeds}, but they came out as ${simulated}`);
  }

  function checkReturn({ rewards, outcome }: Replay): ReplayVerdict | undefined {
    let sum = 0;
    for (const column of Object.values(rewards)) for (const value of column ?? []) sum += value;
    const tolerance = RETURN_TOLERANCE * Math.max(1, Math.abs(sum));
    return Math.abs(sum - outcome.return) <= tolerance
      ? undefined
      : differs(`outcome.return is ${outcome.return}, but the reward terms add up to ${sum}`);
  }
}

const GOAL_TERMS: readonly RewardTermId[] = ['goalReached', 'goalGivenUp'];

/** The goal that the agent had at a step. */
function goalAt({ mind }: Replay, step: number): WorldGoal {
  const [subgoal, x, y] = [mind?.subgoals[step], mind?.goalX[step], mind?.goalY[step]];
  return { subgoal: subgoal ?? -1, x: x ?? -1, y: y ?? -1 };
}

/** The weights that held at a step. */
function weightsAt({ rewardWeights, rewardChanges = [] }: Replay, step: number): RewardWeights {
  const weights = rewardChanges.find(({ until }) => step < until)?.weights ?? rewardWeights;
  return weights as RewardWeights;
}
