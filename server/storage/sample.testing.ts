import type { MetricPoint } from '../../shared/metrics.ts';
import type { RunInfo } from '../../shared/protocol.ts';
import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { aRun } from '../../shared/run.testing.ts';
import type { StoredRun } from './store.ts';

/** Plain well-formed documents for tests. */
export function sampleRun(id: string, info: Partial<RunInfo> = {}): StoredRun {
  return {
    info: aRun({
      id,
      name: id,
      levelId: 'BabyAI-GoToRedBallNoDists-v0',
      status: 'paused',
      createdAt: 1_700_000_000_000,
      seed: 1,
      ...info,
    }),
    wanted: 'idle',
    engine: 'auto',
    workers: 0,
  };
}

export function samplePoint(updates: number, values: MetricPoint['values'] = {}): MetricPoint {
  return {
    updates,
    envSteps: updates * 2048,
    episodes: updates * 30,
    seconds: updates * 1.5,
    values: { success: 0.5, ...values },
  };
}

export function sampleReplay(id: string, seed = 7): Replay {
  return {
    format: REPLAY_FORMAT,
    version: REPLAY_VERSION,
    id,
    levelId: 'BabyAI-GoToRedBallNoDists-v0',
    seed,
    mission: 'go to the red ball',
    createdAt: 1_700_000_000_000,
    source: { kind: 'training', runId: 'run-a', policy: 'hrm nano', envSteps: 4096 },
    rewardWeights: { ...DEFAULT_REWARDS },
    outcome: {
      success: false,
      terminated: false,
      truncated: true,
      missionReward: 0,
      return: 0,
      steps: 2,
    },
    hashes: [1, 2, 3],
    actions: [0, 2],
    rewards: {},
  };
}
