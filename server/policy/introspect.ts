import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { mergeIndex, pickGoals, pickSpans } from './act.ts';
import type { HrmModel, Inputs, Weights } from './model.ts';

/** Decisions that were made, as they were asked for (see `ActRequest`), with what came out. */
export interface Decisions {
  inputs: Inputs;
  /** Carry before the step, [B, latents·width] each. */
  zH: Float32Array;
  zL: Float32Array;
  /** Rows of the goals kept so far, and of those announced where `replanned`: [B, GOAL_FEATURES]. */
  goals: Int32Array;
  newGoals: Int32Array;
  replanned: Uint8Array;
}

/** What the heads read after every cycle of the same decisions; R of the B samples replanned. */
export interface Introspection {
  /** Iterations of the Doer with the goal that it had: [first, B, 7] logits. */
  first: number;
  actions: Float32Array;
  /** Iterations after that, for samples that replanned: [again, R, 7] logits. */
  again: number;
  actionsAgain: Float32Array;
  /** Goal logits before the Planner thought and after each update: [updates + 1, R, GOAL_OUTPUTS]. */
  updates: number;
  goals: Float32Array;
  /** Carry after the step, [B, latents·width] each. */
  zH: Float32Array;
  zL: Float32Array;
}

/**
 * Thinks the given decisions through again, one cycle at a time, and reads the action head after every
 * iteration of the Doer and the goal head after every update of the Planner. Same weights and requests
 * give the same carry as `act`. For showing only: learning never uses it.
 */
export async function introspect(
  model: HrmModel,
  weights: Weights,
  decisions: Decisions,
): Promise<Introspection> {
  const { engine, config } = model;
  const { tf } = engine;
  const { inputs, replanned } = decisions;
  const chosen = Int32Array.from([...replanned.keys()].filter((i) => replanned[i] === 1));
  const actions: Tensor2D[] = [];
  const actionsAgain: Tensor2D[] = [];
  const goals: Tensor2D[] = [];

  const out = tf.tidy(() => {
    const carry = [inputs.batch, config.latents * config.width] as [number, number];
    const context = model.encode(weights, inputs);
    const zH = tf.tensor2d(decisions.zH, carry);
    let zL = tf.tensor2d(decisions.zL, carry);
    const iterate = (z: Tensor2D, added: Tensor2D, spans: Int32Array, read: Tensor2D[]) => {
      let state = z;
      for (let i = 0; i < config.lCycles; i++) {
        state = model.doer(weights, state, added, context.tokens, spans);
        read.push(model.actionLogits(weights, state));
      }
      return state;
    };
    const kept = tf.add(context.injection, model.goalInjection(weights, decisions.goals));
    zL = iterate(zL, tf.add(zH, kept) as Tensor2D, context.spans, actions);
    if (chosen.length === 0) return { zH, zL, ...stack(model, actions, actionsAgain, goals) };

    const index = tf.tensor1d(chosen, 'int32');
    const spans = pickSpans(inputs.tokens, chosen);
    const injection = engine.gatherRows(context.injection, index);
    const keptGoals = model.goalInjection(weights, pickGoals(decisions.goals, chosen));
    const newGoals = model.goalInjection(weights, pickGoals(decisions.newGoals, chosen));
    let planned = engine.gatherRows(zH, index);
    let thought = engine.gatherRows(zL, index);
    goals.push(model.goalLogits(weights, planned));
    for (let update = 1; update <= config.hCycles; update++) {
      planned = model.planner(weights, planned, thought);
      goals.push(model.goalLogits(weights, planned));
      const goal = update === config.hCycles ? newGoals : keptGoals;
      const added = tf.add(tf.add(planned, injection), goal) as Tensor2D;
      thought = iterate(thought, added, spans, actionsAgain);
    }
    const merge = tf.tensor1d(mergeIndex(replanned), 'int32');
    return {
      zH: engine.gatherRows(tf.concat([zH, planned], 0), merge),
      zL: engine.gatherRows(tf.concat([zL, thought], 0), merge),
      ...stack(model, actions, actionsAgain, goals),
    };
  });
  const data = async (tensor: Tensor | undefined) =>
    tensor ? ((await tensor.data()) as Float32Array) : new Float32Array(0);
  const result: Introspection = {
    first: config.lCycles,
    actions: await data(out.actions),
    again: chosen.length > 0 ? config.lCycles * config.hCycles : 0,
    actionsAgain: await data(out.actionsAgain),
    updates: config.hCycles,
    goals: await data(out.goals),
    zH: await data(out.zH),
    zL: await data(out.zL),
  };
  tf.dispose(out);
  return result;
}

/** Readings one below the other; undefined where there is none. */
function stack(
  { engine }: HrmModel,
  actions: Tensor2D[],
  actionsAgain: Tensor2D[],
  goals: Tensor2D[],
): { actions?: Tensor2D; actionsAgain?: Tensor2D; goals?: Tensor2D } {
  const below = (list: Tensor2D[]) =>
    list.length > 0 ? { tensor: engine.tf.concat(list, 0) as Tensor2D } : {};
  return {
    actions: below(actions).tensor,
    actionsAgain: below(actionsAgain).tensor,
    goals: below(goals).tensor,
  };
}

/** Softmax of `count` values that begin at `offset`. */
export function softmax(values: Float32Array, offset: number, count: number): Float32Array {
  const slice = values.slice(offset, offset + count);
  const top = slice.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += slice[i] = Math.exp(slice[i] - top);
  for (let i = 0; i < count; i++) slice[i] /= sum;
  return slice;
}
