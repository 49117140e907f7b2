import { percent } from '../../shared/percent.ts';
/**
 * How a goal ends: its target was reached (and then another goal was chosen, or the episode ended); the Planner chose
 * another one before, of its own accord or because the goal was as old as one may become; the episode ended first.
 */
export const GOAL_ENDS = ['reached', 'replaced', 'tooOld', 'cutOff'] as const;
export type GoalEnd = (typeof GOAL_ENDS)[number];

/** Goals of one kind: how many ended so and how many steps they had lived, and how often one was chosen again. */
export interface GoalEndCount extends Record<GoalEnd, { goals: number; steps: number }> {
  again: number;
}
/** By subgoal. */
export type GoalEndCounts = Record<string, GoalEndCount>;

export const noGoalEnds = (): GoalEndCount => ({
  reached: { goals: 0, steps: 0 },
  replaced: { goals: 0, steps: 0 },
  tooOld: { goals: 0, steps: 0 },
  cutOff: { goals: 0, steps: 0 },
  again: 0,
});

export function addGoalEnds(to: GoalEndCounts, from: GoalEndCounts): void {
  for (const [kind, count] of Object.entries(from)) {
    const sum = (to[kind] ??= noGoalEnds());
    sum.again += count.again;
    for (const end of GOAL_ENDS) {
      sum[end].goals += count[end].goals;
      sum[end].steps += count[end].steps;
    }
  }
}

/** A line for each kind of goal and one for all, as Markdown. */
export function goalEndsText(counts: GoalEndCounts): string {
  const all: GoalEndCounts = {};
  for (const count of Object.values(counts)) addGoalEnds(all, { all: count });
  const lines = [
    '| goal | goals | mean life | reached | their life | replaced | too old | cut off | chosen again |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
  ];
  const sum = (count: GoalEndCount, of: 'goals' | 'steps') =>
    GOAL_ENDS.reduce((total, end) => total + count[end][of], 0);
  const rows = Object.entries(counts).sort(([, a], [, b]) => sum(b, 'goals') - sum(a, 'goals'));
  for (const [kind, count] of [...rows, ...Object.entries(all)]) {
    const goals = sum(count, 'goals');
    const share = (end: GoalEnd) => percent(count[end].goals / goals);
    const { reached } = count;
    const cells = [
      kind,
      goals,
      (sum(count, 'steps') / goals).toFixed(1),
      share('reached'),
      reached.goals > 0 ? (reached.steps / reached.goals).toFixed(1) : '–',
      ...(['replaced', 'tooOld', 'cutOff'] as const).map(share),
      count.again,
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}
