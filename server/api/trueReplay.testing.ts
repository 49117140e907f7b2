import { runBot } from '../../envs/bot/index.ts';
import { createEnv } from '../../envs/index.ts';
import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';

/** A true episode, played by the expert. */
export function trueReplay(levelId: string, seed: number): Replay {
  const run = runBot({ levelId, seed });
  const env = createEnv(levelId, { seed });
  const hashes = [env.stateHash()];
  for (const action of run.actions) {
    env.advance(action);
    hashes.push(env.stateHash());
  }
  return {
    format: REPLAY_FORMAT,
    version: REPLAY_VERSION,
    id: `bot-${seed}`,
    levelId,
    seed,
    mission: run.mission,
    createdAt: 0,
    source: { kind: 'bot', runId: '', policy: '', envSteps: 0 },
    rewardWeights: { ...DEFAULT_REWARDS },
    outcome: {
      success: run.success,
      terminated: run.terminated,
      truncated: run.truncated,
      missionReward: run.reward,
      return: run.reward,
      steps: run.length,
    },
    hashes,
    actions: [...run.actions],
    rewards: { mission: run.actions.map((_, t) => (t === run.length - 1 ? run.reward : 0)) },
  };
}
