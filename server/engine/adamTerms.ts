import type { AdamSettings } from './types.ts';

/** Factors of one step of Adam, from its settings and the gradients' norm before clipping. */
export interface AdamTerms {
  /** Scales every gradient, so that the norm keeps to its bound. */
  scale: number;
  beta1: number;
  beta2: number;
  eps: number;
  lr: number;
  weightDecay: number;
  /** Corrections of the moments' bias towards their start at zero. */
  c1: number;
  c2: number;
}

export function adamTerms(settings: AdamSettings, gradNorm: number): AdamTerms {
  const {
    lr,
    step,
    beta1 = 0.9,
    beta2 = 0.999,
    eps = 1e-8,
    weightDecay = 0,
    maxGradNorm = Infinity,
  } = settings;
  return {
    scale: gradNorm > maxGradNorm ? maxGradNorm / gradNorm : 1,
    beta1,
    beta2,
    eps,
    lr,
    weightDecay,
    c1: 1 / (1 - beta1 ** step),
    c2: 1 / (1 - beta2 ** step),
  };
}
