import type { PolicyKind, PresetId } from '../../../shared/config.ts';
import { type PolicyConfig, PRESETS } from '../presets.ts';
import { flat } from './flat.ts';
import { gru } from './gru.ts';
import { hrm } from './hrm.ts';
import type { Kind } from './kind.ts';
import { trm } from './trm.ts';

/**
 * Every kind of policy. A new one is a file here, a line in this table, and its name in `shared/config.ts`.
 * `model.test.ts` and `workload.test.ts` hold every kind to the same contract.
 */
export const KINDS: Readonly<Record<PolicyKind, Kind>> = { hrm, trm, flat, gru };

/** Sizes of a policy of some kind. */
export function policyConfig(preset: PresetId, kind: PolicyKind): PolicyConfig {
  const base = PRESETS[preset];
  return { ...base, kind, ...KINDS[kind].sizes?.(base) };
}
