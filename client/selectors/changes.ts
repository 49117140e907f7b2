import type { SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';

/**
 * Steps of an episode at which settings changed, while the run's `worlds` were stepped together; each
 * with the change. A change takes effect between two rollouts, so the place is exact to one rollout.
 */
export function changesWithin(
  { source, outcome }: Replay,
  changes: readonly SettingsChange[],
  worlds: number,
): { step: number; change: SettingsChange }[] {
  if (source.kind !== 'training') return [];
  return changes.flatMap((change) => {
    const step = outcome.steps - (source.envSteps - change.envSteps) / worlds;
    return step > 0 && step <= outcome.steps ? [{ step, change }] : [];
  });
}
