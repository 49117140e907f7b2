import type { TrainSettings } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import { sumGoals } from '../play/keptGoal.ts';
import type { Evaluation } from '../play/score.ts';
import type { Mode } from './ppo/lossWeights.ts';
import type { UpdateStats } from './ppo/updateStats.ts';
import type { AttemptCounts } from './selfCloning/attemptBook.ts';
import type { UpdateReply } from './workers/workerProtocol.ts';

type Values = MetricPoint['values'];

/** Shares of actions and goals that are the expert's. */
export interface Cloning {
  actionAccuracy: number;
  goalAccuracy: number;
}

export const cloningOf = ({ actionHits, subgoalHits, targetHits }: UpdateStats): Cloning => ({
  actionAccuracy: actionHits,
  goalAccuracy: Math.min(subgoalHits, targetHits),
});

/**
 * The measurements of an update.
 * @param replies what its workers say of it
 * @param mode how it learnt
 * @param hasReference whether the policy is compared with the one that it started from
 */
export function measured(
  replies: readonly UpdateReply[],
  mode: Mode,
  { klWeight, rewardScale }: TrainSettings,
  hasReference: boolean,
): Values {
  const { stats } = replies[0];
  const totalOf = (key: 'thoughts' | 'steps') =>
    replies.reduce((sum, reply) => sum + reply[key], 0);
  const values: Values = {
    ...(mode === 'self-cloning' ? attemptValues(replies) : lossValues(stats, rewardScale)),
    ponder: totalOf('thoughts') / totalOf('steps'),
  };
  if (klWeight > 0 && hasReference && stats.minibatches > 0) values.klReference = stats.klReference;
  const goals = sumGoals(replies.map((reply) => reply.goals));
  if (goals.targeted > 0) values.goalHitRate = goals.reached / goals.targeted;
  if (goals.finished > 0) values.goalLife = goals.lived / goals.finished;
  if (stats.goalCount > 0 && mode !== 'self-cloning')
    values.goalAccuracy = cloningOf(stats).goalAccuracy;
  if (stats.diverged) values.gradNorm = Number.NaN;
  return values;
}

/** The measurements of a held-out test. */
export function measuredTest(evaluation: Evaluation | undefined, faithfulness?: number): Values {
  const values: Values = {};
  if (evaluation) {
    values.evalSuccess = evaluation.success;
    [values.evalLow, values.evalHigh] = evaluation.ci95;
  }
  if (faithfulness !== undefined) values.faithfulness = faithfulness;
  return values;
}

function lossValues(stats: UpdateStats, rewardScale: number): Values {
  return {
    policyLoss: stats.policyLoss,
    // The learner's values are of scaled rewards; people read them in the reward's own unit.
    valueLoss: stats.valueLoss / rewardScale ** 2,
    entropy: stats.entropy,
    kl: stats.kl,
    clipFraction: stats.clipFraction,
    gradNorm: stats.gradNorm,
    explainedVariance: stats.explainedVariance,
  };
}

/** Loss and entropy only of updates in which something was imitated. */
function attemptValues(replies: readonly UpdateReply[]): Values {
  const { stats } = replies[0];
  const total = (key: keyof AttemptCounts) =>
    replies.reduce((sum, { attempts }) => sum + (attempts?.[key] ?? 0), 0);
  return {
    hardWorlds: total('hard'),
    solvedWorlds: total('solved'),
    keptAttempts: total('kept'),
    ...(stats.minibatches === 0
      ? {}
      : {
          imitationLoss: stats.cloningLoss + stats.goalLoss,
          entropy: stats.entropy,
          gradNorm: stats.gradNorm,
        }),
  };
}
