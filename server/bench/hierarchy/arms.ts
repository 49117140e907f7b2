import type { PolicyKind, PresetId } from '../../../shared/config.ts';
import { policyConfig } from '../../policy/kinds/index.ts';
import { parameterSpecs } from '../../policy/parameters.ts';
import type { PolicyConfig } from '../../policy/presets.ts';

/** A policy that is compared: its kind, and what of its sizes is not the preset's. */
export interface Arm {
  policy: PolicyKind;
  sizes: Partial<PolicyConfig>;
  help: string;
}

/** Wide enough that one stack of three layers has the weights of HRM's two modules, of one layer and two. */
const AS_MANY_WEIGHTS = { innerWidth: 185 };

export const ARMS = {
  hrm: { policy: 'hrm', sizes: {}, help: 'Planner and Doer.' },
  flat: {
    policy: 'flat',
    sizes: { ...AS_MANY_WEIGHTS, lCycles: 1 },
    help: 'One stack with as many weights, and one cycle: at most a fifth more multiplications a step than hrm.',
  },
  'flat-goals': {
    policy: 'flat',
    sizes: { ...AS_MANY_WEIGHTS, lCycles: 1, auxiliaryGoals: true },
    help: 'The same, which also learns to name the expert’s goal at every step; nothing reads it.',
  },
  'flat-deep': {
    policy: 'flat',
    sizes: { ...AS_MANY_WEIGHTS },
    help: 'As many weights and the preset’s cycles: more multiplications a step.',
  },
} as const satisfies Record<string, Arm>;

export type ArmId = keyof typeof ARMS;
export const ARM_IDS = Object.keys(ARMS) as ArmId[];

/** Sizes of an arm's policy. */
export function configOf(arm: ArmId, preset: PresetId): PolicyConfig {
  const { policy, sizes } = ARMS[arm];
  return { ...policyConfig(preset, policy), ...sizes };
}

/** What a policy reads at a step, in the mean. */
const WORDS = 8;
const OBJECTS = 8;
const TOKENS = WORDS + OBJECTS;

/**
 * Multiplications by weights at one step of play, in the mean: how often each weight matrix is applied. Looking up
 * embeddings multiplies nothing.
 * @param replanned share of the steps at which the Planner thinks
 */
export function multiplications(config: PolicyConfig, replanned: number): number {
  const { latents, lCycles, hCycles } = config;
  const uses = (group: string, name: string) => {
    if (name.endsWith('.embedding') || name.endsWith('.bias')) return 0;
    if (group === 'encoder') return name.startsWith('objects') ? OBJECTS : WORDS;
    // The Doer reads the same keys and values in all its cycles; the Planner's own latents have others each time.
    if (group === 'doer')
      return name.endsWith('.kv') ? TOKENS : latents * lCycles * (1 + replanned);
    if (group === 'planner')
      return (name.endsWith('.tokens.kv') ? TOKENS : latents) * hCycles * replanned;
    if (group === 'goal') return (name === 'goal.key' ? TOKENS : 1) * replanned;
    return group === 'halt' && config.kind !== 'hrm' ? 0 : 1;
  };
  return parameterSpecs(config).reduce(
    (sum, { group, name, size }) => sum + size * uses(group, name),
    0,
  );
}
