import * as tf from '@tensorflow/tfjs-core';
import { noGrad } from '../../engine/noGrad.ts';

/** The states of the two modules, Planner and Doer, `[B, S, D]` each. */
export interface States {
  readonly z_H: tf.Tensor3D;
  readonly z_L: tf.Tensor3D;
}

/** One update of a module: its state and what is injected into it, to its next state. */
export type ModuleStep = (state: tf.Tensor3D, injection: tf.Tensor3D) => tf.Tensor3D;

/** Runs `f` so that no gradient flows through its result and nothing inside it is recorded. */
export const withoutGradient = <T>(f: () => T): T => noGrad(tf, f);

/** The same values in tensors of their own, so that a carry passed on untouched is off the record too. */
const copyOf = ({ z_H, z_L }: States): States => ({ z_H: tf.clone(z_H), z_L: tf.clone(z_L) });

export interface RecursionOptions {
  /** Planner updates. */
  readonly H_cycles: number;
  /** Doer updates for each Planner update. */
  readonly L_cycles: number;
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
  { H_cycles, L_cycles }: RecursionOptions,
): States {
  const settled = withoutGradient(() => {
    let { z_H, z_L } = copyOf(carry);
    for (let cycle = 1; cycle <= H_cycles; cycle++) {
      const last = cycle === H_cycles;
      for (let step = last ? 1 : 0; step < L_cycles; step++) z_L = doer(z_L, tf.add(z_H, input));
      if (!last) z_H = planner(z_H, z_L);
    }
    return { z_H, z_L };
  });
  const z_L = doer(settled.z_L, tf.add(settled.z_H, input));
  const z_H = planner(settled.z_H, z_L);
  return { z_H, z_L };
}

/** TRM's recursion: one network for both parts, and the whole last cycle inside the gradient. */
export function trmRecursion(
  carry: States,
  input: tf.Tensor3D,
  network: ModuleStep,
  { H_cycles, L_cycles }: RecursionOptions,
): States {
  const cycle = ({ z_H, z_L }: States): States => {
    let next = z_L;
    for (let step = 0; step < L_cycles; step++) next = network(next, tf.add(z_H, input));
    return { z_H: network(z_H, next), z_L: next };
  };
  const settled = withoutGradient(() => {
    let states = copyOf(carry);
    for (let i = 1; i < H_cycles; i++) states = cycle(states);
    return states;
  });
  return cycle(settled);
}
