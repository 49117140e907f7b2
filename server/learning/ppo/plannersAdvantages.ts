import type { TrainSettings } from '../../../shared/config.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Collective } from '../workers/collective.ts';
import { decisionAdvantages, generalizedAdvantages } from './gae.ts';

/**
 * How much better than expected the Planner's decisions turned out: goals at the time scale of decisions, from one to
 * the next; whether to keep a goal at that of steps, since it is asked at each.
 *
 * Expected by a critic of the Planner's own, for two reasons. The other one reads states in which the goal is already
 * announced: against it, no choice of goal is better or worse than expected. And it goes on expecting something where an
 * episode is cut off by its step limit, so that it values the states in which a policy is stuck for ever; to this one
 * the end of the steps is the end.
 */
export function plannersAdvantages(
  rollout: Rollout,
  { gamma, lambda }: TrainSettings,
  collective: Collective,
): void {
  const { steps, envs, terminated, truncated, planner } = rollout;
  const { rewards, values, lastValues, gates, subgoals, gateAdvantages, goalAdvantages } = planner;
  const ended = terminated.map((flag, i) => flag | truncated[i]);
  const common = { steps, envs, rewards, values, lastValues, gamma, lambda };
  const none = new Uint8Array(ended.length);
  const { finalValues } = rollout;
  generalizedAdvantages(
    { ...common, terminated: ended, truncated: none, finalValues },
    gateAdvantages,
  );
  for (let i = 0; i < values.length; i++) planner.returns[i] = values[i] + gateAdvantages[i];
  const decided = Uint8Array.from(subgoals, (subgoal) => (subgoal >= 0 ? 1 : 0));
  decisionAdvantages({ ...common, ended, decided }, goalAdvantages);
  const asked = Uint8Array.from(gates, (gate) => (gate >= 0 ? 1 : 0));
  normalize(gateAdvantages, asked, collective);
  normalize(goalAdvantages, decided, collective);
}

/** To mean 0 and deviation 1 over the entries that count, those of all workers. */
function normalize(values: Float32Array, counts: Uint8Array, collective: Collective): void {
  const moments = new Float32Array(3);
  for (let i = 0; i < values.length; i++) {
    if (!counts[i]) continue;
    moments[0] += values[i];
    moments[1] += values[i] * values[i];
    moments[2]++;
  }
  collective.sum(moments);
  const count = Math.max(1, moments[2]);
  const mean = moments[0] / count;
  const std = Math.sqrt(Math.max(0, moments[1] / count - mean * mean)) + 1e-6;
  for (let i = 0; i < values.length; i++) values[i] = counts[i] ? (values[i] - mean) / std : 0;
}
