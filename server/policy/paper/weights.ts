import {
  CheckpointError,
  expectWeights,
  type StoredTensor,
  type TensorMap,
} from '../checkpoint/index.ts';
import { Random } from '../random.ts';
import { bufferShapes, type PaperConfig, parameterShapes } from './config.ts';

/** Weights as data: trained ones and buffers under the reference's names (`inner.…`). */
export type PaperWeights = Map<string, StoredTensor>;

function allShapes(config: PaperConfig) {
  return new Map([...parameterShapes(config), ...bufferShapes(config)]);
}

/** Standard deviation that a weight starts with; 0 means all zeros. */
function initialStd(name: string, shape: readonly number[], config: PaperConfig): number {
  if (name.endsWith('_init')) return 1;
  if (name.includes('.embed_')) return 1 / Math.sqrt(config.width);
  if (name.includes('.q_head.') || name.includes('.puzzle_emb.')) return 0;
  return 1 / Math.sqrt(shape[1]);
}

/**
 * Fresh weights: truncated LeCun normal for embeddings and matrices, truncated standard normal for the
 * initial states, and a Q head that says "continue" (weight 0, bias -5).
 */
export function initWeights(config: PaperConfig, seed: number): PaperWeights {
  const random = new Random(seed);
  const weights: PaperWeights = new Map();
  for (const [name, shape] of allShapes(config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const std = initialStd(name, shape, config);
    const data = new Float32Array(size);
    if (std > 0) for (let i = 0; i < size; i++) data[i] = std * random.truncatedNormal();
    if (name === 'inner.q_head.bias') data.fill(-5);
    weights.set(name, { dtype: 'F32', shape, data });
  }
  return weights;
}

/** Prefixes that compiled, wrapped (loss head) and data-parallel models add to names. */
const WRAPPERS = /^(?:_orig_mod\.|module\.|model\.)+/;

/** Buffers that follow from the configuration and are not kept. */
const DERIVED = /^inner\.(?:rotary_emb\.(?:cos|sin)_cached|puzzle_emb\.local_(?:weights|ids))$/;

/** The name of a weight inside the model, without the prefixes of wrappers. */
export function bareName(name: string): string {
  const bare = name.replace(WRAPPERS, '');
  return bare.startsWith('inner.') ? bare : `inner.${bare}`;
}

/**
 * Takes a checkpoint in the layout of the original PyTorch code: names with or without `_orig_mod.`,
 * `model.`, `module.` and `inner.`; F32, F64, F16 or BF16.
 * @throws CheckpointError naming the tensor that is missing, unknown, doubled or of another shape.
 */
export function loadReferenceWeights(tensors: TensorMap, config: PaperConfig): PaperWeights {
  const weights: PaperWeights = new Map();
  for (const [given, tensor] of tensors) {
    const name = bareName(given);
    if (DERIVED.test(name)) continue;
    if (weights.has(name))
      throw new CheckpointError(`tensor "${given}"`, `means ${name}, which the file holds twice`);
    weights.set(
      name,
      tensor.dtype === 'F64'
        ? { dtype: 'F32', shape: tensor.shape, data: Float32Array.from(tensor.data) }
        : tensor,
    );
  }
  expectWeights(weights, allShapes(config), { allowed: () => false });
  return weights;
}
