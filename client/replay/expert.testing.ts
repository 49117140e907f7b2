import type { Replay } from '../../shared/replay.ts';
import { demonstrate } from './demonstrate.ts';

/** A real episode for tests: the expert's, with the columns of a mind added where asked for. */
export function expertReplay(levelId: string, seed: number): Replay {
  return demonstrate(levelId, seed);
}

/** As `expertReplay`, with a Planner whose goals change at the given steps. */
export function mindedReplay(
  levelId: string,
  seed: number,
  goals: { at: number; subgoal: number; x: number; y: number }[],
): Replay {
  const replay = demonstrate(levelId, seed);
  const { steps } = replay.outcome;
  const goalAt = (step: number) => goals.findLast((goal) => goal.at <= step) ?? goals[0];
  const column = (value: (step: number) => number) =>
    Array.from({ length: steps }, (_, i) => value(i));
  return {
    ...replay,
    mind: {
      probabilities: replay.actions.flatMap((action) =>
        Array.from({ length: 7 }, (_, other) => (other === action ? 700 : 50)),
      ),
      values: column((step) => step / steps),
      subgoals: column((step) => goalAt(step).subgoal),
      goalX: column((step) => goalAt(step).x),
      goalY: column((step) => goalAt(step).y),
      confidence: column(() => 800),
      replans: column((step) => (goals.some((goal) => goal.at === step) ? 1 : 0)),
      ponder: column(() => 2),
    },
  };
}
