import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { GOAL_OUTPUTS, type GoalScores } from '../../policy/goals/goalHead.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { logSigmoid } from '../rollout/plannersDecisions.ts';
import { addTarget, logSoftmax } from './goalSlopes.ts';
import { known, type LossWeights, type Slopes, type StartBatch } from './lossTypes.ts';

/** Parts of the pull that one action or gate, and one goal, are; goals are few and weigh by the root of their share, as labels do. */
export function pullShares({ pulled, asked }: StartBatch): { each: number; goal: number } {
  const count = Math.max(
    1,
    pulled.reduce((sum, flag) => sum + flag, 0),
  );
  const goals = Math.max(1, known(asked));
  return { each: 1 / count, goal: Math.sqrt(goals / count) / goals };
}

/**
 * KL(start ‖ policy) in the states that are to stay as they were: of the action, of keeping the goal, and of the goal, whose
 * target is compared given the subgoal that was chosen. Adds loss, slopes and statistics; `composedPullTerms` is the
 * same in tensor operations.
 */
export function pullTerms(
  { action, halt, scores }: { action: Float32Array; halt: Float32Array; scores?: GoalScores },
  batch: StartBatch,
  w: LossWeights,
  out: Slopes,
): void {
  const { each, goal: goalShare } = pullShares(batch);
  const { pulled, actions, keeps, subgoals, asked } = batch;
  let loss = 0;
  const logs = new Float64Array(NUM_ACTIONS);
  for (let i = 0; i < pulled.length; i++) {
    if (!pulled[i]) continue;
    logSoftmax(action, i * NUM_ACTIONS, NUM_ACTIONS, logs);
    for (let a = 0; a < NUM_ACTIONS; a++) {
      const at = i * NUM_ACTIONS + a;
      loss += each * divergence(actions[at], logs[a]);
      out.action[at] += w.pull * each * (Math.exp(logs[a]) - actions[at]);
    }
    if (keeps[i] < 0) continue;
    const towards = halt[2 * i] - halt[2 * i + 1];
    loss += each * divergence(keeps[i], logSigmoid(towards));
    loss += each * divergence(1 - keeps[i], logSigmoid(-towards));
    const slope = w.pull * each * (Math.exp(logSigmoid(towards)) - keeps[i]);
    out.halt[2 * i] += slope;
    out.halt[2 * i + 1] -= slope;
  }
  const subgoalLogs = new Float64Array(NUM_SUBGOALS);
  for (const [r, subgoal] of asked.entries()) {
    if (subgoal < 0 || !scores) continue;
    logSoftmax(scores.subgoals(r), 0, NUM_SUBGOALS, subgoalLogs);
    for (let c = 0; c < NUM_SUBGOALS; c++) {
      const start = subgoals[r * NUM_SUBGOALS + c];
      loss += goalShare * divergence(start, subgoalLogs[c]);
      out.goals!.logits[r * GOAL_OUTPUTS + c] +=
        w.pull * goalShare * (Math.exp(subgoalLogs[c]) - start);
    }
    const start = batch.targets[r]!;
    const logits = scores.targets(r, subgoal);
    const targetLogs = new Float64Array(logits.length);
    logSoftmax(logits, 0, logits.length, targetLogs);
    for (let c = 0; c < logits.length; c++) {
      loss += goalShare * divergence(start[c], targetLogs[c]);
      const slope = w.pull * goalShare * (Math.exp(targetLogs[c]) - start[c]);
      addTarget(out.goals!, scores, r, subgoal, c, slope);
    }
  }
  out.stats.klReference += loss;
  out.loss += w.pull * loss;
}

/** One class's part of a KL divergence. */
const divergence = (start: number, log: number) =>
  start > 0 ? start * (Math.log(start) - log) : 0;
