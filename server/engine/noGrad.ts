import type { TF } from './types.ts';

/** Runs `f` without recording gradients, also inside tf.grads and the like. */
export function noGrad<T>(tf: TF, f: () => T): T {
  const { state } = tf.engine();
  const depth = state.gradientDepth;
  // tfjs records operations while this depth is above 0.
  state.gradientDepth = 0;
  try {
    return f();
  } finally {
    state.gradientDepth = depth;
  }
}
