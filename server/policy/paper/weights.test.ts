import { expect, test } from '@jest/globals';
import { type StoredTensor, weightsHash } from '../checkpoint/index.ts';
import { paperSizes, parsePaperConfig } from './config.ts';
import { bareName, initWeights, loadReferenceWeights, type PaperWeights } from './weights.ts';

const config = parsePaperConfig('hrm', {
  seq_len: 4,
  vocab_size: 300,
  hidden_size: 32,
  num_heads: 2,
  expansion: 4,
  H_layers: 1,
  L_layers: 1,
  H_cycles: 1,
  L_cycles: 1,
  halt_max_steps: 2,
  pos_encodings: 'learned',
  puzzle_emb_ndim: 32,
  num_puzzle_identifiers: 3,
});

function spread(tensor: StoredTensor | undefined): { std: number; largest: number; mean: number } {
  const data = tensor?.data as Float32Array;
  let sum = 0;
  let squares = 0;
  let largest = 0;
  for (const x of data) {
    sum += x;
    squares += x * x;
    largest = Math.max(largest, Math.abs(x));
  }
  return { std: Math.sqrt(squares / data.length), largest, mean: sum / data.length };
}

const weights = initWeights(config, 3);

test('fresh weights are truncated normals of the right spread; the Q head says "go on"', () => {
  const cases: [string, number][] = [
    ['inner.embed_tokens.embedding_weight', 1 / Math.sqrt(32)],
    ['inner.H_level.layers.0.self_attn.qkv_proj.weight', 1 / Math.sqrt(32)],
    ['inner.L_level.layers.0.mlp.down_proj.weight', 1 / 16],
  ];
  for (const [name, std] of cases) {
    const found = spread(weights.get(name));
    expect(found.std / std).toBeCloseTo(1, 1);
    expect(Math.abs(found.mean) / std).toBeLessThan(0.05);
    // Two deviations of the uncut normal, whose cut version has the deviation asked for.
    expect(found.largest / std).toBeLessThanOrEqual(2 / 0.8796 + 1e-3);
    expect(found.largest / std).toBeGreaterThan(2);
  }
  for (const name of ['inner.H_init', 'inner.L_init'])
    expect(spread(weights.get(name)).largest).toBeLessThanOrEqual(2.2738);
  expect(spread(weights.get('inner.q_head.weight')).largest).toBe(0);
  expect(spread(weights.get('inner.puzzle_emb.weights')).largest).toBe(0);
  expect(weights.get('inner.q_head.bias')?.data).toEqual(Float32Array.of(-5, -5));
});

test('the seed decides the weights', () => {
  const tiny = { ...config, vocab_size: 2, H_layers: 0, L_layers: 0 };
  const of = (seed: number) => weightsHash(initWeights(tiny, seed));
  expect(of(1)).toBe(of(1));
  expect(of(1)).not.toBe(of(2));
});

test('names of compiled, wrapped and bare models mean the same weight', () => {
  const name = 'inner.L_level.layers.0.self_attn.qkv_proj.weight';
  for (const prefix of ['', '_orig_mod.', '_orig_mod.model.', 'model.', 'module._orig_mod.model.'])
    expect(bareName(prefix + name)).toBe(name);
  expect(bareName('L_level.layers.0.self_attn.qkv_proj.weight')).toBe(name);
});

function renamed(weights: PaperWeights, prefix: string): PaperWeights {
  return new Map([...weights].map(([name, tensor]) => [prefix + name, tensor]));
}

test('a checkpoint in the original layout loads, derived buffers and all', () => {
  const stored = renamed(weights, '_orig_mod.model.');
  stored.set('_orig_mod.model.inner.rotary_emb.cos_cached', {
    dtype: 'F32',
    shape: [1],
    data: new Float32Array(1),
  });
  const init = weights.get('inner.H_init') as StoredTensor;
  stored.set('_orig_mod.model.inner.H_init', {
    dtype: 'F64',
    shape: init.shape,
    data: Float64Array.from(init.data as Float32Array),
  });
  const loaded = loadReferenceWeights(stored, config);
  expect(loaded.size).toBe(weights.size);
  expect(weightsHash(loaded)).toBe(weightsHash(weights));
});

test('a checkpoint that does not fit is refused by the tensor that is wrong', () => {
  const stored = renamed(weights, 'model.');
  const change = (edit: (copy: PaperWeights) => void) => {
    const copy = new Map(stored);
    edit(copy);
    return () => loadReferenceWeights(copy, config);
  };
  const head = stored.get('model.inner.lm_head.weight') as StoredTensor;
  expect(change((w) => w.delete('model.inner.lm_head.weight'))).toThrow(
    'tensor "inner.lm_head.weight": is missing, expected F32 of shape [300,32]',
  );
  expect(change((w) => w.set('inner.lm_head.weight', head))).toThrow(/which the file holds twice/);
  expect(change((w) => w.set('model.inner.extra', head))).toThrow(
    'tensor "inner.extra": is not part of this architecture',
  );
  expect(() => loadReferenceWeights(stored, { ...config, vocabSize: 301 })).toThrow(
    /lm_head\.weight|embed_tokens/,
  );
  expect(() => loadReferenceWeights(stored, paperSizes({ seq_len: 4, vocab_size: 300 }))).toThrow(
    /tensor "inner\..*shape: got \[300,32\], expected \[300,512\]/,
  );
});
