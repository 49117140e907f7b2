import {
  type EngineChoice,
  type PolicyKind,
  PRESET_IDS,
  type TrainSettings,
} from '../../shared/config.ts';
import { RequestError } from '../../shared/requestError.ts';
import { weighUpdate } from '../learning/updateCost.ts';
import { policyConfig } from '../policy/kinds/index.ts';

/**
 * Weighs what an update of a run takes. Returns a warning in words where that is much, and throws a RequestError where
 * it is too much.
 * @param compute with 0 workers they are chosen from the cores
 * @param isUsual nobody asked for these settings: what would be refused is a warning, too
 */
export function checkCost(
  { policy, preset }: { policy: string; preset: string },
  settings: TrainSettings,
  compute: { engine: EngineChoice; workers: number },
  memoryLimit: number,
  isUsual = false,
): string | undefined {
  // A policy of its own sizes takes at least what the smallest preset takes.
  const size = PRESET_IDS.find((id) => id === preset) ?? 'nano';
  const config = policyConfig(size, policy as PolicyKind);
  const verdict = weighUpdate(config, settings, compute, memoryLimit);
  if (!('refused' in verdict)) return verdict.warning;
  if (isUsual) return verdict.refused;
  throw new RequestError('bad-request', verdict.refused, 'settings');
}
