import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { forward } from '../../policy/forward.ts';
import type { InputBuilder } from '../../policy/inputs.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Pace } from '../workers/pace.ts';
import { minibatchOf } from './minibatch.ts';
import { startOfPlanner } from './startOfPlanner.ts';

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
    const { goals } = out;
    // The tables among them are the reference's own weights.
    tf.dispose([
      out.probabilities,
      out.halt,
      ...(goals ? [goals.logits, goals.query, goals.keys] : []),
    ]);
  }
}
