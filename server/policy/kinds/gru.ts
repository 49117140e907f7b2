import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type Blocks, Specs, type Weights } from '../blocks.ts';
import type { Kind } from './kind.ts';

/** Reads the tokens once and updates its state by a gated recurrent unit; no Planner. */
export const gru: Kind = {
  sizes: () => ({ lLayers: 1, lCycles: 1 }),
  parameters(config) {
    const specs = new Specs('doer', config);
    return [
      ...specs.attention('L.0.attention'),
      specs.linear('L.0.gru.input', config.width, 3 * config.width),
      specs.linear('L.0.gru.state', config.width, 3 * config.width),
    ];
  },
  doer(blocks, w, zL, added, tokens, spans) {
    const { tf } = blocks.engine;
    const { width, latents } = blocks.config;
    const x = blocks.latents(zL, added);
    const before = tf.reshape(zL, [-1, width]) as Tensor2D;
    const read = blocks.attend(w, 'L.0.attention', x, tokens[0], spans, latents);
    return blocks.states(gatedUpdate(blocks, w, before, read));
  },
};

/** Gated recurrent unit (Cho et al. 2014), each latent by itself: [N·latents, width] → the same. */
function gatedUpdate(blocks: Blocks, w: Weights, state: Tensor2D, input: Tensor2D): Tensor2D {
  const { engine } = blocks;
  const { tf } = engine;
  const parts = (x: Tensor2D, name: string) => tf.split(blocks.linear(x, w[name]), 3, 1);
  const [resetX, updateX, newX] = parts(input, 'L.0.gru.input');
  const [resetH, updateH, newH] = parts(state, 'L.0.gru.state');
  const reset = engine.sigmoid(tf.add(resetX, resetH));
  const update = engine.sigmoid(tf.add(updateX, updateH));
  const candidate = tf.tanh(tf.add(newX, tf.mul(reset, newH)));
  return tf.add(candidate, tf.mul(update, tf.sub(state, candidate))) as Tensor2D;
}
