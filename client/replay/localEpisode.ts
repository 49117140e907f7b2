import { type BabyAIEnv, createEnv, EndBit } from '../../envs/index.ts';
import {
  MAX_REPLAY_STEPS,
  REPLAY_FORMAT,
  REPLAY_VERSION,
  type Replay,
} from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';

/** An episode that is played in this page, action by action: by a person or by the scripted expert. */
export interface LocalEpisode {
  readonly env: BabyAIEnv;
  /** True when the mission is done or failed, or the steps are used up. */
  readonly over: boolean;
  /** One step (an index into ACTION_NAMES); nothing once it is over. */
  act(action: number): void;
  /** The episode so far, as a document like any other. */
  replay(): Replay;
}

export interface LocalEpisodeOptions {
  levelId: string;
  seed: number;
  /** Of the replay. */
  id: string;
  kind: 'bot' | 'person';
  policy: string;
}

/** Begins an episode on a level. Throws where the level is unknown. */
export function beginEpisode({
  levelId,
  seed,
  id,
  kind,
  policy,
}: LocalEpisodeOptions): LocalEpisode {
  const env = createEnv(levelId, { seed });
  const hashes = [env.stateHash()];
  const actions: number[] = [];
  const mission: number[] = [];
  const createdAt = Date.now();
  let end = 0;
  return {
    env,
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
      id,
      levelId,
      seed,
      mission: env.mission,
      createdAt,
      source: { kind, runId: '', policy, envSteps: 0 },
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

/** An episode for a person to play. Throws where the level is unknown. */
export function playByHand(levelId: string, seed: number): LocalEpisode {
  const id = `person.${seed}.${Date.now()}`;
  return beginEpisode({ levelId, seed, id, kind: 'person', policy: '' });
}
