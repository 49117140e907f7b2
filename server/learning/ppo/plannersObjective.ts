import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { TrainOutputs } from '../../policy/forward.ts';
import type { Policy } from '../../policy/model.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import {
  known,
  type LOSS_STATS,
  type LossWeights,
  type Minibatch,
  type PlannersBatch,
} from './lossTypes.ts';
import { sharesOf } from './plannersTerms.ts';
import { oneHot, targetLogits } from './targetLogits.ts';

type Measured = Partial<Record<(typeof LOSS_STATS)[number], Tensor>>;

/** Decisions as columns: log π now, then and by the starting policy, the advantage, and what share each is. */
interface Decisions {
  log: Tensor1D;
  before: Float32Array;
  start: Float32Array | undefined;
  advantages: Float32Array;
  /** Share of each decision in the loss and in the mean KL; 0 where nothing was decided. */
  shares: Float32Array;
  klShares: Float32Array;
  entropy: Tensor1D;
}

/** The terms of `plannersTerms` in tensor operations. */
export function composedPlannersTerms(
  model: Policy,
  out: TrainOutputs,
  batch: Minibatch,
  planner: PlannersBatch,
  w: LossWeights,
): { terms: Tensor[]; stats: Measured } {
  const { tf } = model.engine;
  const kinds = [gateDecisions(model, out, planner)];
  if (out.goals) kinds.push(goalDecisions(model, out, batch, planner));
  const parts = kinds.map((decisions) => decisionTerms(model, decisions, w));
  const sum = (name: keyof (typeof parts)[0]) => tf.addN(parts.map((part) => part[name]));
  const stats: Measured = {
    plannerLoss: sum('loss'),
    plannerKl: sum('kl'),
    plannerKlReference: sum('klReference'),
    plannerEntropy: sum('entropy'),
  };
  const terms = [
    tf.mul(stats.plannerLoss!, w.planner),
    tf.mul(stats.plannerKlReference!, w.planner * w.reference),
    tf.mul(stats.plannerEntropy!, -w.planner * w.entropy),
  ];
  if (out.plannersValue) {
    const error = tf.sub(out.plannersValue, tf.tensor1d(planner.returns));
    stats.plannerValueLoss = tf.mean(tf.square(error));
    terms.push(tf.mul(stats.plannerValueLoss, 0.5 * w.value));
  }
  return { terms, stats };
}

function decisionTerms(model: Policy, decisions: Decisions, w: LossWeights) {
  const { tf } = model.engine;
  const { log, before, start, entropy } = decisions;
  const [advantages, shares, klShares] = [
    decisions.advantages,
    decisions.shares,
    decisions.klShares,
  ].map((column) => tf.tensor1d(column));
  // Where nothing was decided there is no probability of it: 0 keeps the ratio 1.
  const decided = tf.tensor1d(decisions.shares.map((share) => (share > 0 ? 1 : 0)));
  const logRatio = tf.mul(tf.sub(log, tf.tensor1d(before)), decided);
  const ratio = tf.exp(logRatio);
  const clipped = tf.clipByValue(ratio, 1 - w.clip, 1 + w.clip);
  const surrogate = tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages));
  const pulled = w.reference > 0 && start !== undefined;
  const gap = pulled ? tf.mul(tf.sub(log, tf.tensor1d(start)), decided) : tf.zerosLike(log);
  return {
    loss: tf.neg(tf.sum(tf.mul(surrogate, shares))),
    kl: tf.sum(tf.mul(tf.sub(tf.sub(ratio, 1), logRatio), klShares)),
    klReference: tf.sum(tf.mul(tf.mul(tf.square(gap), 0.5), shares)),
    entropy: tf.sum(tf.mul(entropy, shares)),
  };
}

function gateDecisions(model: Policy, out: TrainOutputs, planner: PlannersBatch): Decisions {
  const { tf } = model.engine;
  const { gates } = planner;
  const size = gates.length;
  const { gate } = sharesOf(planner);
  const keep = tf.slice(out.halt, [0, 0], [size, 1]);
  const think = tf.slice(out.halt, [0, 1], [size, 1]);
  const towards = tf.reshape(tf.sub(keep, think), [size]) as Tensor1D;
  const logSigmoid = (x: Tensor1D) =>
    tf.sub(tf.neg(tf.relu(tf.neg(x))), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1))) as Tensor1D;
  const [kept, anew] = [logSigmoid(towards), logSigmoid(tf.neg(towards))];
  const entropy = tf.neg(
    tf.add(tf.mul(tf.exp(kept), kept), tf.mul(tf.exp(anew), anew)),
  ) as Tensor1D;
  const sign = tf.tensor1d(Float32Array.from(gates, (flag) => (flag === 1 ? 1 : -1)));
  const asked = Float32Array.from(gates, (flag) => (flag >= 0 ? 1 : 0));
  return {
    log: logSigmoid(tf.mul(towards, sign) as Tensor1D),
    before: planner.gateLogProbs,
    start: planner.startGates,
    advantages: planner.gateAdvantages,
    shares: asked.map((flag) => flag * gate),
    klShares: asked.map((flag) => flag / Math.max(1, known(gates))),
    entropy,
  };
}

function goalDecisions(
  model: Policy,
  out: TrainOutputs,
  batch: Minibatch,
  planner: PlannersBatch,
): Decisions {
  const { tf } = model.engine;
  const { subgoals, targets } = planner;
  const count = subgoals.length;
  const { goal } = sharesOf(planner);
  const logits = tf.slice(out.goals!.logits, [0, 0], [count, NUM_SUBGOALS]) as Tensor2D;
  const all = [
    tf.logSoftmax(logits),
    tf.logSoftmax(targetLogits(model, out, batch, subgoals)),
  ] as Tensor2D[];
  const chosen = [subgoals, targets].map((labels, i) =>
    tf.sum(tf.mul(all[i], tf.tensor2d(oneHot(labels, all[i].shape[1]), all[i].shape)), 1),
  );
  const entropies = all.map((logs) => tf.neg(tf.sum(tf.mul(tf.exp(logs), logs), 1)));
  const decided = Float32Array.from(subgoals, (subgoal) => (subgoal >= 0 ? 1 : 0));
  return {
    log: tf.add(chosen[0], chosen[1]) as Tensor1D,
    before: planner.goalLogProbs,
    start: planner.startGoals,
    advantages: planner.goalAdvantages,
    shares: decided.map((flag) => flag * goal),
    klShares: decided.map((flag) => flag / Math.max(1, known(subgoals))),
    entropy: tf.add(entropies[0], entropies[1]) as Tensor1D,
  };
}
