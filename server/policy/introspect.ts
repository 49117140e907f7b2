import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Weights } from './blocks.ts';
import type { TrainInputs } from './forward.ts';
import type { Policy } from './model.ts';
import { step } from './step.ts';

/** What the heads read after every cycle of the same decisions; R of the B samples replanned. */
export interface Introspection {
  /** Iterations of the Doer with the goal that it had: [first, B, 7] logits. */
  first: number;
  actions: Float32Array;
  /** Iterations after that, for samples that replanned: [again, R, 7] logits. */
  again: number;
  actionsAgain: Float32Array;
  /** Goal logits before the Planner thought and after each update: [updates + 1, R, goals.outputs]. */
  updates: number;
  goals: Float32Array;
  /** Carry after the step, [B, latents·width] each. */
  zH: Float32Array;
  zL: Float32Array;
}

/**
 * Thinks the given decisions through again and reads the action head after every iteration of the Doer and the goal
 * head after every update of the Planner. Same weights and requests give the same carry as `act`. For showing only:
 * learning never uses it.
 */
export async function introspect(
  model: Policy,
  weights: Weights,
  decided: TrainInputs,
): Promise<Introspection> {
  const { tf } = model.engine;
  const { hCycles, lCycles } = model.config;
  const stack = (list: Tensor2D[]) => (list.length > 0 ? tf.concat(list, 0) : undefined);
  const out = tf.tidy(() => {
    const actions: Tensor2D[] = [];
    const actionsAgain: Tensor2D[] = [];
    const goals: Tensor2D[] = [];
    const { zH, zL } = step(model, weights, decided, {
      doer: (z, again) => (again ? actionsAgain : actions).push(model.actionLogits(weights, z)),
      planner: (goal) => goals.push(goal),
    });
    return {
      zH,
      zL,
      actions: stack(actions),
      actionsAgain: stack(actionsAgain),
      goals: stack(goals),
    };
  });
  const read = async (tensor: Tensor | undefined) =>
    tensor ? ((await tensor.data()) as Float32Array) : new Float32Array(0);
  const result: Introspection = {
    first: lCycles,
    actions: await read(out.actions),
    again: out.goals ? lCycles * hCycles : 0,
    actionsAgain: await read(out.actionsAgain),
    updates: hCycles,
    goals: await read(out.goals),
    zH: await read(out.zH),
    zL: await read(out.zL),
  };
  tf.dispose(out);
  return result;
}
