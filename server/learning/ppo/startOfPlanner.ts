import type { TrainOutputs } from '../../policy/forward.ts';
import { goalProbability, readScores } from '../../policy/goals/goalHead.ts';
import { logSigmoid, type PlannersDecisions } from '../rollout/plannersDecisions.ts';
import type { Minibatch, PlannersBatch } from './lossTypes.ts';

/**
 * Writes how likely the Planner's decisions are to another policy.
 * @param out what that policy makes of the batch
 * @param rows entries of the rollout that the batch consists of
 */
export async function startOfPlanner(
  { halt, goals, samples }: Pick<TrainOutputs, 'halt' | 'goals' | 'samples'>,
  { inputs }: Minibatch,
  { gates, subgoals, targets }: PlannersBatch,
  rows: Int32Array,
  into: PlannersDecisions,
): Promise<void> {
  const q = (await halt.data()) as Float32Array;
  for (const [i, gate] of gates.entries())
    if (gate >= 0)
      into.startGates[rows[i]] = logSigmoid((q[2 * i] - q[2 * i + 1]) * (gate === 1 ? 1 : -1));
  if (!goals) return;
  const scores = await readScores(goals, inputs, samples);
  for (const [r, subgoal] of subgoals.entries()) {
    if (subgoal < 0) continue;
    const probability = goalProbability(scores.options(r), { subgoal, target: targets[r] });
    into.startGoals[rows[samples[r]]] = Math.log(Math.max(probability, 1e-12));
  }
}
