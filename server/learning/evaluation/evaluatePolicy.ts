import type { EngineChoice } from '../../../shared/config.ts';
import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import type { Replay } from '../../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import type { EvaluateOptions } from '../../play/evaluate.ts';
import { type Evaluation, evaluationOf } from '../../play/score.ts';
import { readPolicy } from '../../policy/policyFile.ts';
import { settleCompute } from '../workers/compute.ts';
import { WorkerGroup, worldsOf } from '../workers/group.ts';
import type { ShowTest } from '../workers/workerProtocol.ts';

export interface EvaluatePolicyOptions extends EvaluateOptions {
  /** A checkpoint file, or the name of a shipped one. */
  checkpoint: string;
  engine: EngineChoice;
  /** 0 chooses from the machine's cores. */
  workers: number;
}

/** Plays a checkpoint on given seeds without learning; worker threads share the episodes. */
export async function evaluatePolicy(options: EvaluatePolicyOptions): Promise<Evaluation> {
  const { checkpoint, engine, workers, ...rest } = options;
  return withPolicy({ checkpoint, engine, workers, episodes: rest.episodes }, (group) =>
    evaluateOn(group, rest),
  );
}

/** Runs `use` with workers that hold a checkpoint's policy and no worlds of their own; at most one per episode. */
export async function withPolicy<T>(
  options: Pick<EvaluatePolicyOptions, 'checkpoint' | 'engine' | 'workers' | 'episodes'>,
  use: (group: WorkerGroup) => Promise<T>,
): Promise<T> {
  const policy = await readPolicy(options.checkpoint);
  const { engine, workers } = await settleCompute(options, policy.config, options.episodes);
  const group = await WorkerGroup.start(workers, () => ({
    engine,
    config: policy.config,
    weights: policy.weights,
    seed: 0,
    levelIds: [],
    envs: 0,
    rolloutSteps: 0,
    rewards: DEFAULT_REWARDS,
    rewardScale: DEFAULT_SETTINGS.rewardScale,
    recorded: 0,
    runId: 'evaluation',
    envSteps: 0,
  }));
  try {
    return await use(group);
  } finally {
    await group.dispose();
  }
}

/**
 * Evaluates on a group's workers; the result does not depend on how many there are.
 * @param watched told of some of the episodes, and how many are over, while it goes on
 */
export async function evaluateOn(
  group: WorkerGroup,
  options: EvaluateOptions,
  watched?: { show: ShowTest; onEpisode(replay: Replay): void; onTested(done: number): void },
): Promise<Evaluation> {
  const { onProgress: _progress, onTurn: _turn, ...plain } = options;
  const tested = new Array<number>(group.size).fill(0);
  const shares = Array.from({ length: group.size }, (_v, rank) =>
    worldsOf(options.episodes, group.size, rank),
  );
  const before = (rank: number) => shares.slice(0, rank).reduce((a, b) => a + b, 0);
  const parts = await group.all(
    'evaluate',
    (rank) => ({
      ...plain,
      episodes: shares[rank],
      seedBase: options.seedBase + before(rank),
      seeds: options.seeds?.slice(before(rank), before(rank + 1)),
      show: watched?.show,
    }),
    (rank, event) => {
      if (!('tested' in event)) watched?.onEpisode(event);
      else {
        tested[rank] = event.tested;
        watched?.onTested(tested.reduce((a, b) => a + b, 0));
      }
    },
  );
  return evaluationOf(parts);
}
