import { GOAL_OUTPUTS, type GoalScores } from '../../policy/goals/goalHead.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import { logSigmoid } from '../rollout/plannersDecisions.ts';
import { addTarget, logSoftmax } from './goalSlopes.ts';
import {
  known,
  type LossWeights,
  type PlannersBatch,
  type Slopes,
  type Stats,
} from './lossTypes.ts';

interface PlannersOutputs {
  /** Q of keeping the goal and of thinking on, [B, 2]. */
  halt: Float32Array;
  plannersValue?: Float32Array;
  /** For the samples that replanned; absent where none did. */
  scores?: GoalScores;
}

/**
 * What reward has to say to the Planner: PPO's clipped surrogate for each goal that it chose and, apart from that, for
 * whether it kept one; their entropy; the pull towards the start; and the error of the Planner's critic. Adds loss,
 * slopes and statistics; `composedPlannersTerms` is the same in tensor operations.
 */
export function plannersTerms(
  { halt, plannersValue, scores }: PlannersOutputs,
  batch: PlannersBatch,
  w: LossWeights,
  out: Slopes,
): void {
  const { stats } = out;
  gateTerms(halt, batch, w, out);
  if (scores) goalTerms(scores, batch, w, out);
  if (plannersValue) criticTerm(plannersValue, batch, w, out);
  out.loss +=
    w.planner *
      (stats.plannerLoss +
        w.reference * stats.plannerKlReference -
        w.entropy * stats.plannerEntropy) +
    0.5 * w.value * stats.plannerValueLoss;
}

/** Parts of a minibatch's loss that one goal, and one decision to keep it or not, are; `composed…` uses them, too. */
export function sharesOf({ gates, subgoals }: PlannersBatch): { goal: number; gate: number } {
  const goals = Math.max(1, known(subgoals));
  // Goals are few: weigh them by the root of their share, as labels are.
  return { goal: Math.sqrt(subgoals.length / gates.length) / goals, gate: 1 / gates.length };
}

function criticTerm(
  values: Float32Array,
  { returns }: PlannersBatch,
  w: LossWeights,
  out: Slopes,
): void {
  const size = values.length;
  for (let i = 0; i < size; i++) {
    const error = values[i] - returns[i];
    out.stats.plannerValueLoss += (error * error) / size;
    out.plannersValue![i] = (w.value * error) / size;
  }
}

/** A decision that was taken: log π of it now, then, and by the starting policy; and how it turned out. */
interface Taken {
  log: number;
  before: number;
  start: number | undefined;
  advantage: number;
}

/** Adds a decision's surrogate and pull to the statistics, and returns the slope of both for log π, unweighted. */
function decisionTerm(
  { log, before, start, advantage }: Taken,
  share: number,
  klShare: number,
  w: LossWeights,
  stats: Stats,
): number {
  const ratio = Math.exp(log - before);
  const clipped = Math.min(Math.max(ratio, 1 - w.clip), 1 + w.clip);
  const free = ratio * advantage <= clipped * advantage;
  stats.plannerLoss -= share * (free ? ratio * advantage : clipped * advantage);
  stats.plannerKl += klShare * (ratio - 1 - (log - before));
  const slope = free ? -share * ratio * advantage : 0;
  if (start === undefined || w.reference === 0) return slope;
  // For a decision that the policy drew, half the squared difference has the gradient of KL(policy ‖ start).
  stats.plannerKlReference += share * 0.5 * (log - start) ** 2;
  return slope + w.reference * share * (log - start);
}

function gateTerms(halt: Float32Array, batch: PlannersBatch, w: LossWeights, out: Slopes): void {
  const { gates, gateLogProbs, gateAdvantages, startGates } = batch;
  const { gate: share } = sharesOf(batch);
  const klShare = 1 / Math.max(1, known(gates));
  for (let i = 0; i < gates.length; i++) {
    if (gates[i] < 0) continue;
    const towardsKeeping = halt[2 * i] - halt[2 * i + 1];
    const sign = gates[i] === 1 ? 1 : -1;
    const log = logSigmoid(sign * towardsKeeping);
    const slope = decisionTerm(
      {
        log,
        before: gateLogProbs[i],
        start: startGates?.[i],
        advantage: gateAdvantages[i],
      },
      share,
      klShare,
      w,
      out.stats,
    );
    const keep = Math.exp(logSigmoid(towardsKeeping));
    const think = 1 - keep;
    out.stats.plannerEntropy -=
      share * (keep * logSigmoid(towardsKeeping) + think * logSigmoid(-towardsKeeping));
    // ∂H/∂x of a Bernoulli choice with logit x is −x p (1 − p).
    const ofLogit =
      slope * sign * (1 - Math.exp(log)) + w.entropy * share * towardsKeeping * keep * think;
    out.halt[2 * i] += w.planner * ofLogit;
    out.halt[2 * i + 1] -= w.planner * ofLogit;
  }
}

function goalTerms(scores: GoalScores, batch: PlannersBatch, w: LossWeights, out: Slopes): void {
  const { subgoals, targets, goalLogProbs, goalAdvantages, startGoals } = batch;
  const { goal: share } = sharesOf(batch);
  const klShare = 1 / Math.max(1, known(subgoals));
  const subgoalLogs = new Float64Array(NUM_SUBGOALS);
  for (const [r, subgoal] of subgoals.entries()) {
    if (subgoal < 0) continue;
    const target = targets[r];
    logSoftmax(scores.subgoals(r), 0, NUM_SUBGOALS, subgoalLogs);
    const logits = scores.targets(r, subgoal);
    const targetLogs = new Float64Array(logits.length);
    logSoftmax(logits, 0, logits.length, targetLogs);
    const slope = decisionTerm(
      {
        log: subgoalLogs[subgoal] + targetLogs[target],
        before: goalLogProbs[r],
        start: startGoals?.[r],
        advantage: goalAdvantages[r],
      },
      share,
      klShare,
      w,
      out.stats,
    );
    const bonus = w.entropy * share;
    const entropies = [entropyOf(subgoalLogs), entropyOf(targetLogs)];
    out.stats.plannerEntropy += share * (entropies[0] + entropies[1]);
    for (let c = 0; c < NUM_SUBGOALS; c++)
      out.goals!.logits[r * GOAL_OUTPUTS + c] +=
        w.planner * logitSlope(subgoalLogs[c], c === subgoal, slope, bonus, entropies[0]);
    for (let c = 0; c < targetLogs.length; c++) {
      const own = logitSlope(targetLogs[c], c === target, slope, bonus, entropies[1]);
      addTarget(out.goals!, scores, r, subgoal, c, w.planner * own);
    }
  }
}

/** ∂/∂logit of slope · log π(chosen) − bonus · entropy. */
function logitSlope(
  log: number,
  isChosen: boolean,
  slope: number,
  bonus: number,
  entropy: number,
): number {
  const p = Math.exp(log);
  return slope * ((isChosen ? 1 : 0) - p) + (p > 0 ? bonus * p * (log + entropy) : 0);
}

function entropyOf(logs: Float64Array): number {
  let entropy = 0;
  for (let i = 0; i < logs.length; i++) {
    const p = Math.exp(logs[i]);
    if (p > 0) entropy -= p * logs[i];
  }
  return entropy;
}
