import { createEnv, EndBit } from '../../envs/index.ts';
import {
  MAX_REPLAY_STEPS,
  REPLAY_FORMAT,
  REPLAY_VERSION,
  type Replay,
} from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';

/** An episode that a person plays, action by action. */
export interface EpisodeByHand {
  readonly levelId: string;
  /** True when the mission is done or failed, or the steps are used up. */
  readonly over: boolean;
  /** One step (an index into ACTION_NAMES); nothing once it is over. */
  act(action: number): void;
  /** The episode so far, as a document like any other. */
  replay(): Replay;
}

/** Begins an episode on a level. Throws where the level is unknown. */
export function playByHand(levelId: string, seed: number): EpisodeByHand {
  const env = createEnv(levelId, { seed });
  const hashes = [env.stateHash()];
  const actions: number[] = [];
  const mission: number[] = [];
  const createdAt = Date.now();
  let end = 0;
  return {
    levelId,
    get over() {
      return end !== 0 || actions.length >= MAX_REPLAY_STEPS;
    },
    act(action) {
      if (this.over) return;
      end = env.advance(action);
      actions.push(action);
      mission.push(env.reward);
      hashes.push(env.stateHash());
    },
    replay: () => ({
      format: REPLAY_FORMAT,
      version: REPLAY_VERSION,
      id: `person.${seed}.${createdAt}`,
      levelId,
      seed,
      mission: env.mission,
      createdAt,
      source: { kind: 'person', runId: '', policy: '', envSteps: 0 },
      rewardWeights: { ...DEFAULT_REWARDS },
      outcome: {
        success: (end & EndBit.success) !== 0,
        terminated: (end & EndBit.terminated) !== 0,
        truncated: (end & EndBit.truncated) !== 0,
        missionReward: env.reward,
        return: env.reward,
        steps: actions.length,
      },
      hashes: [...hashes],
      actions: [...actions],
      rewards: { mission: [...mission] },
    }),
  };
}
