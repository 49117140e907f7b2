import type { PolicyKind, PresetId } from '../../shared/config.ts';

/** Sizes of the live policy; the meaning of H/L cycles and layers is the HRM paper's (arXiv 2506.21734, section 2). */
export interface PolicyConfig {
  kind: PolicyKind;
  /** Width of one latent token. */
  width: number;
  heads: number;
  /** Latent tokens in each of z_H and z_L. */
  latents: number;
  /** Inner width of the reasoning blocks' SwiGLU. */
  innerWidth: number;
  /** Inner width of the SwiGLU that grounds words and objects. */
  encoderInnerWidth: number;
  hLayers: number;
  lLayers: number;
  /** Planner updates each time it replans. */
  hCycles: number;
  /** Doer iterations for each Planner update. */
  lCycles: number;
  /** Steps after which a goal is reconsidered whatever the replan gate says. */
  maxGoalLife: number;
  /** How goals are stated: a subgoal, and a pointer at a cell or token as its target. */
  goals: 'pointer';
  /** Whether the policy also reads a map of what it saw earlier in the episode (see `memory.ts`). */
  memory?: boolean;
  /** Without a Planner: whether the Doer also learns to name the expert's goals, which nothing reads (an auxiliary loss). */
  auxiliaryGoals?: boolean;
  /** Whether the Planner has a critic of its own: where it learns from reward (see `learning/ppo/plannersAdvantages.ts`). */
  plannersCritic?: boolean;
}

const nano: PolicyConfig = {
  kind: 'hrm',
  width: 64,
  heads: 4,
  latents: 4,
  innerWidth: 128,
  encoderInnerWidth: 64,
  hLayers: 2,
  lLayers: 1,
  hCycles: 1,
  lCycles: 2,
  maxGoalLife: 8,
  goals: 'pointer',
  memory: true,
};

export const PRESETS: Record<PresetId, PolicyConfig> = {
  nano,
  small: {
    ...nano,
    width: 128,
    latents: 6,
    innerWidth: 256,
    encoderInnerWidth: 128,
    hLayers: 2,
    lLayers: 2,
    hCycles: 2,
  },
  paper: {
    ...nano,
    width: 512,
    heads: 8,
    latents: 16,
    innerWidth: 1536,
    encoderInnerWidth: 1024,
    hLayers: 4,
    lLayers: 4,
    hCycles: 2,
  },
};
