import type { Tensor } from '@tensorflow/tfjs-core';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { forward } from '../../policy/forward.ts';
import type { GoalTensors } from '../../policy/goals/goalHead.ts';
import type { InputBuilder } from '../../policy/inputs.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import { pickRows } from '../../policy/rows.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Pace } from '../workers/pace.ts';
import { minibatchOf } from './minibatch.ts';
import { startOfPlanner } from './startOfPlanner.ts';
import { StartOutputs } from './startOutputs.ts';

/** Samples of one pass through the network. */
const CHUNK = 512;

/**
 * Fills in what the policy that the run started from would have done, with the same carry and goals.
 * @param planner whether the Planner's decisions are looked at too
 */
export async function referenceProbabilities(
  model: Policy,
  reference: Weights,
  rollout: Rollout,
  planner: boolean,
  builder: InputBuilder,
  pace: Pace,
): Promise<void> {
  const { tf } = model.engine;
  for (let from = 0; from < rollout.size; from += CHUNK) {
    pace.reach();
    const rows = Int32Array.from(
      { length: Math.min(CHUNK, rollout.size - from) },
      (_, i) => from + i,
    );
    const batch = minibatchOf(rollout, rows, builder, false, planner);
    const out = tf.tidy(() => {
      const { action, halt, goals, samples } = forward(model, reference, batch);
      return { probabilities: tf.softmax(action), halt, goals, samples };
    });
    rollout.reference.set((await out.probabilities.data()) as Float32Array, from * NUM_ACTIONS);
    if (batch.planner) await startOfPlanner(out, batch, batch.planner, rows, rollout.planner);
    disposeOf(tf, { ...out, action: out.probabilities });
  }
}

/** Everything that the policy that the run started from gives probabilities to in some entries, with the same carry and goals. */
export async function startOutputs(
  model: Policy,
  reference: Weights,
  rollout: Rollout,
  entries: Int32Array,
  builder: InputBuilder,
  pace: Pace,
): Promise<StartOutputs> {
  const { tf } = model.engine;
  const { replanned, planner } = rollout;
  const start = new StartOutputs(rollout.size);
  for (let from = 0; from < entries.length; from += CHUNK) {
    pace.reach();
    const rows = entries.slice(from, from + CHUNK);
    const batch = minibatchOf(rollout, rows, builder, false, false, model.namesGoals);
    const out = tf.tidy(() => {
      const { action, halt, goals, samples } = forward(model, reference, batch);
      return { action, halt, goals, samples };
    });
    // Goals that are only named are chosen by nobody: nothing pulls there.
    const chose = model.namesGoals ? rows : rows.filter((row) => replanned[row] === 1);
    await start.write(
      ...([rows, out, batch, pickRows(planner.gates, rows, 1)] as const),
      pickRows(planner.subgoals, chose, 1),
    );
    disposeOf(tf, out);
  }
  return start;
}

/** Frees a policy's outputs, but for the tables among them, which are its own weights. */
function disposeOf(
  tf: Policy['engine']['tf'],
  { action, halt, goals }: { action: Tensor; halt: Tensor; goals?: GoalTensors },
): void {
  tf.dispose([action, halt, ...(goals ? [goals.logits, goals.query, goals.keys] : [])]);
}
