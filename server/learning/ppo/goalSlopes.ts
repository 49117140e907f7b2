import { recordOf } from '../../../shared/records.ts';
import { GOAL_OUTPUTS, type GoalNumbers, type GoalScores } from '../../policy/goals/goalHead.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { FIRST_TOKEN } from '../../tasks/babyai/targets.ts';

/** Adds the slope of a target's logit, given a subgoal, of replanning sample `r`. */
export function addTarget(
  to: GoalNumbers,
  scores: GoalScores,
  r: number,
  subgoal: number,
  target: number,
  slope: number,
): void {
  if (target < FIRST_TOKEN) addCell(to, r, subgoal, target, slope);
  else if (Math.abs(slope) >= 1e-12) addToken(to, scores, r, subgoal, target - FIRST_TOKEN, slope);
}

function addCell(to: GoalNumbers, r: number, subgoal: number, cell: number, slope: number): void {
  to.logits[r * GOAL_OUTPUTS + NUM_SUBGOALS + cell] += slope;
  to.subgoalCells[subgoal * FIRST_TOKEN + cell] += slope;
}

/** The slopes of a token's score (query + query of the subgoal) · key / √width. */
function addToken(
  to: GoalNumbers,
  scores: GoalScores,
  r: number,
  subgoal: number,
  token: number,
  slope: number,
): void {
  const { query, keys, subgoalQuery } = scores.numbers;
  const width = subgoalQuery.length / NUM_SUBGOALS;
  const scaled = slope / Math.sqrt(width);
  const [q, s, k] = [r, subgoal, scores.span(r).first + token].map((row) => row * width);
  for (let i = 0; i < width; i++) {
    const towards = scaled * keys[k + i];
    to.query[q + i] += towards;
    to.subgoalQuery[s + i] += towards;
    to.keys[k + i] += scaled * (query[q + i] + subgoalQuery[s + i]);
  }
}

export const GOAL_PARTS = ['logits', 'query', 'keys', 'subgoalQuery', 'subgoalCells'] as const;

export function zeroGoals(like: GoalNumbers): GoalNumbers {
  return recordOf(GOAL_PARTS, (part) => new Float32Array(like[part].length));
}

export function logSoftmax(
  logits: Float32Array,
  at: number,
  count: number,
  out: Float64Array,
): void {
  let top = -Infinity;
  for (let i = 0; i < count; i++) top = Math.max(top, logits[at + i]);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(logits[at + i] - top);
  const total = top + Math.log(sum);
  for (let i = 0; i < count; i++) out[i] = logits[at + i] - total;
}

export function highest(values: Float64Array): number {
  let best = -Infinity;
  for (let i = 0; i < values.length; i++) best = Math.max(best, values[i]);
  return best;
}
