import { Bot } from '../../envs/bot/index.ts';
import { createEnv, EndBit } from '../../envs/index.ts';
import {
  MAX_REPLAY_STEPS,
  REPLAY_FORMAT,
  REPLAY_VERSION,
  type Replay,
} from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';

/**
 * An episode played by the scripted expert, for the time until a run has one of its own.
 * Throws where the level is unknown. Where the expert gets stuck the episode is cut there.
 */
export function demonstrate(levelId: string, seed: number): Replay {
  const env = createEnv(levelId, { seed });
  const bot = new Bot(env);
  const hashes = [env.stateHash()];
  const actions: number[] = [];
  const mission: number[] = [];
  let end = 0;
  while (end === 0 && actions.length < MAX_REPLAY_STEPS) {
    const decision = bot.next();
    if ('stuck' in decision) break;
    end = env.advance(decision.action);
    actions.push(decision.action);
    mission.push(env.reward);
    hashes.push(env.stateHash());
  }
  return {
    format: REPLAY_FORMAT,
    version: REPLAY_VERSION,
    id: `expert.${levelId}.${seed}`,
    levelId,
    seed,
    mission: env.mission,
    createdAt: Date.now(),
    source: { kind: 'bot', runId: '', policy: 'expert', envSteps: 0 },
    rewardWeights: { ...DEFAULT_REWARDS },
    outcome: {
      success: (end & EndBit.success) !== 0,
      terminated: (end & EndBit.terminated) !== 0,
      truncated: (end & EndBit.truncated) !== 0,
      missionReward: env.reward,
      return: env.reward,
      steps: actions.length,
    },
    hashes,
    actions,
    rewards: { mission },
  };
}
