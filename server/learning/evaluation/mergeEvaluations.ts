import { wilsonInterval } from '../../../shared/statistics.ts';
import type { Evaluation } from '../../play/evaluate.ts';

/** One evaluation of parts that were played on different seeds of the same level. */
export function mergeEvaluations(parts: readonly Evaluation[]): Evaluation {
  const episodes = parts.reduce((sum, part) => sum + part.episodes, 0);
  /** Mean weighted by episodes. */
  const mean = (of: (part: Evaluation) => number) =>
    episodes === 0 ? 0 : parts.reduce((sum, part) => sum + of(part) * part.episodes, 0) / episodes;
  const success = mean((part) => part.success);
  const override = parts.some((part) => part.overrideFollowed !== undefined);
  return {
    episodes,
    success,
    ci95: wilsonInterval(Math.round(success * episodes), episodes),
    meanReturn: mean((part) => part.meanReturn),
    meanLength: mean((part) => part.meanLength),
    goalHitRate: mean((part) => part.goalHitRate),
    meanGoalLife: mean((part) => part.meanGoalLife),
    meanPonder: mean((part) => part.meanPonder),
    subgoalAccuracy: mean((part) => part.subgoalAccuracy),
    goalAccuracy: mean((part) => part.goalAccuracy),
    ...(override ? { overrideFollowed: mean((part) => part.overrideFollowed ?? 0) } : {}),
  };
}
