import * as tf from '@tensorflow/tfjs-core';
import { noGrad } from '../../engine/noGrad.ts';

/** The states of the two modules, Planner and Doer, `[B, S, D]` each. */
export interface States {
  readonly zH: tf.Tensor3D;
  readonly zL: tf.Tensor3D;
}

/** One update of a module: its state and what is injected into it, to its next state. */
export type ModuleStep = (state: tf.Tensor3D, injection: tf.Tensor3D) => tf.Tensor3D;

/** Runs `f` so that no gradient flows through its result and nothing inside it is recorded. */
export const withoutGradient = <T>(f: () => T): T => noGrad(tf, f);

/** The same values in tensors of their own: a carry that no update touches carries no gradient either. */
const copyOf = ({ zH, zL }: States): States => ({ zH: tf.clone(zH), zL: tf.clone(zL) });

export interface RecursionOptions {
  /** Planner updates. */
  readonly hCycles: number;
  /** Doer updates for each Planner update. */
  readonly lCycles: number;
}

/**
 * HRM's recursion with the one-step gradient (paper section 2, "approximate gradient"): all updates but the last of each
 * module are outside the gradient; so is the carry that comes in.
 */
export function hrmRecursion(
  carry: States,
  input: tf.Tensor3D,
  planner: ModuleStep,
  doer: ModuleStep,
  { hCycles, lCycles }: RecursionOptions,
): States {
  const settled = withoutGradient(() => {
    let { zH, zL } = copyOf(carry);
    for (let cycle = 1; cycle <= hCycles; cycle++) {
      const last = cycle === hCycles;
      for (let step = last ? 1 : 0; step < lCycles; step++) zL = doer(zL, tf.add(zH, input));
      if (!last) zH = planner(zH, zL);
    }
    return { zH, zL };
  });
  const zL = doer(settled.zL, tf.add(settled.zH, input));
  const zH = planner(settled.zH, zL);
  return { zH, zL };
}

/** Modules that keep the state they come with, to see what each is good for. */
export interface Held {
  readonly planner: boolean;
  readonly doer: boolean;
}

/**
 * HRM's or TRM's recursion without gradient, in which a module may be held. The answer is in the Planner's state alone; so
 * where the Planner is held, `read` is what one update would make of it, and its own state stays.
 */
export function heldRecursion(
  carry: States,
  input: tf.Tensor3D,
  planner: ModuleStep,
  doer: ModuleStep,
  { hCycles, lCycles }: RecursionOptions,
  held: Held,
): States & { readonly read: tf.Tensor3D } {
  return withoutGradient(() => {
    let { zH, zL } = copyOf(carry);
    for (let cycle = 0; cycle < hCycles; cycle++) {
      if (!held.doer) for (let step = 0; step < lCycles; step++) zL = doer(zL, tf.add(zH, input));
      if (!held.planner) zH = planner(zH, zL);
    }
    return { zH, zL, read: held.planner ? planner(zH, zL) : zH };
  });
}

/** TRM's recursion: one network for both parts, and the whole last cycle inside the gradient. */
export function trmRecursion(
  carry: States,
  input: tf.Tensor3D,
  network: ModuleStep,
  { hCycles, lCycles }: RecursionOptions,
): States {
  const cycle = ({ zH, zL }: States): States => {
    let next = zL;
    for (let step = 0; step < lCycles; step++) next = network(next, tf.add(zH, input));
    return { zH: network(zH, next), zL: next };
  };
  const settled = withoutGradient(() => {
    let states = copyOf(carry);
    for (let i = 1; i < hCycles; i++) states = cycle(states);
    return states;
  });
  return cycle(settled);
}

/** No recursion: the input goes through the stack once, whatever came before. zL is handed on as it is. */
export function flatPass(carry: States, input: tf.Tensor3D, stack: ModuleStep): States {
  const { zH, zL } = withoutGradient(() => ({
    zH: tf.zerosLike(input),
    zL: tf.clone(carry.zL),
  }));
  return { zH: stack(zH, input), zL };
}
