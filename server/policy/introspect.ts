import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Weights } from './blocks.ts';
import type { TrainInputs } from './forward.ts';
import { type GoalScores, type GoalTensors, goalTables, readScores } from './goals/goalHead.ts';
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
  /** What it thought of goals before the Planner thought and after each update: updates + 1 of R samples each. */
  updates: number;
  goals: GoalScores[];
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
    const goals: GoalTensors[] = [];
    const { zH, zL, samples } = step(model, weights, decided, {
      doer: (z, again) => (again ? actionsAgain : actions).push(model.actionLogits(weights, z)),
      planner: (z, pool) => goals.push(model.goals(weights, z, pool)),
    });
    return {
      zH,
      zL,
      actions: stack(actions),
      actionsAgain: stack(actionsAgain),
      goals,
      samples,
    };
  });
  const read = async (tensor: Tensor | undefined) =>
    tensor ? ((await tensor.data()) as Float32Array) : new Float32Array(0);
  const goals: GoalScores[] = [];
  for (const tensors of out.goals)
    goals.push(
      await readScores({ ...tensors, ...goalTables(weights) }, decided.inputs, out.samples!),
    );
  const result: Introspection = {
    first: lCycles,
    actions: await read(out.actions),
    again: out.samples ? lCycles * hCycles : 0,
    actionsAgain: await read(out.actionsAgain),
    updates: hCycles,
    goals,
    zH: await read(out.zH),
    zL: await read(out.zL),
  };
  const scores = out.goals.map((goal) => ({ ...goal }));
  tf.dispose([out.zH, out.zL, out.actions, out.actionsAgain, ...scores]);
  return result;
}
