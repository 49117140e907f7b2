import { expect, test } from '@jest/globals';
import {
  bufferShapes,
  countParameters,
  PaperConfigError,
  paperSizes,
  parameterShapes,
  parsePaperConfig,
  swigluWidth,
} from './config.ts';

const good = {
  seq_len: 4,
  vocab_size: 5,
  hidden_size: 8,
  num_heads: 2,
  expansion: 4,
  H_layers: 1,
  L_layers: 1,
  H_cycles: 1,
  L_cycles: 1,
  halt_max_steps: 2,
  pos_encodings: 'rope',
};

test('SwiGLU width is two thirds of the expansion, rounded up to a multiple of 256', () => {
  expect(swigluWidth(512, 4)).toBe(1536);
  expect(swigluWidth(32, 4)).toBe(256);
  expect(swigluWidth(96, 4)).toBe(256); // exactly 256
  expect(swigluWidth(97, 4)).toBe(512);
  // 256.5 rounds to the even 256 and 257.5 to 258: halves go to the even side.
  expect(swigluWidth(1, 256.5 * 1.5)).toBe(256);
  expect(swigluWidth(1, 257.5 * 1.5)).toBe(512);
});

test('small networks may round SwiGLU widths to less', () => {
  expect(swigluWidth(64, 3, 32)).toBe(128);
  const config = parsePaperConfig('hrm', { ...good, swiglu_multiple: 8 });
  expect(parameterShapes(config).get('inner.L_level.layers.0.mlp.down_proj.weight')).toEqual([
    8, 24,
  ]);
});

test('a flat stack has layers but no cycles', () => {
  const { H_cycles, L_cycles, H_layers, ...rest } = good;
  const config = parsePaperConfig('flat', { ...rest, L_layers: 3 });
  expect(config).toMatchObject({ hLayers: 0, lLayers: 3, hCycles: 1, lCycles: 1 });
  expect([...parameterShapes(config).keys()].some((name) => name.includes('H_level'))).toBe(false);
});

test('the paper preset has 27 million weights', () => {
  const config = paperSizes({ seq_len: 81, vocab_size: 11 });
  // Per layer: attention 4·512², SwiGLU 3·512·1536; eight layers, two embeddings, Q head.
  expect(countParameters(config)).toBe(8 * (4 * 512 ** 2 + 3 * 512 * 1536) + 2 * 11 * 512 + 1026);
  expect(countParameters(config) / 1e6).toBeCloseTo(27.3, 1);
  expect(config).toMatchObject({
    heads: 8,
    hLayers: 4,
    lLayers: 4,
    hCycles: 2,
    lCycles: 2,
  });
});

test('puzzle embeddings take whole tokens in front of the sequence and are no main parameters', () => {
  const config = paperSizes({ seq_len: 81, vocab_size: 11, num_puzzle_identifiers: 5 });
  expect(config.puzzleTokens).toBe(1);
  expect(bufferShapes(config).get('inner.puzzle_emb.weights')).toEqual([5, 512]);
  expect([...parameterShapes(config).keys()].filter((name) => name.includes('puzzle'))).toEqual([]);
});

test.each([
  ['seq_len', 0],
  ['vocab_size', '7'],
  ['hidden_size', undefined],
  ['num_heads', 3],
  ['num_heads', 8],
  ['expansion', -1],
  ['H_layers', 0],
  ['H_cycles', 1.5],
  ['halt_exploration_prob', 2],
  ['pos_encodings', 'none'],
  ['puzzle_emb_ndim', -1],
])('%s = %p is refused by name', (field, value) => {
  expect(() => parsePaperConfig('hrm', good)).not.toThrow();
  const bad = () => parsePaperConfig('hrm', { ...good, [field]: value });
  expect(bad).toThrow(PaperConfigError);
  expect(bad).toThrow(new RegExp(`^config\\.${field}: got`));
});

test('TRM has no Planner layers and its own options', () => {
  const config = parsePaperConfig('trm', { ...good, pos_encodings: 'none', mlp_t: true });
  const names = [...parameterShapes(config).keys()];
  expect(names.some((name) => name.includes('H_level') || name.includes('self_attn'))).toBe(false);
  expect(parameterShapes(config).get('inner.L_level.layers.0.mlp_t.gate_up_proj.weight')).toEqual([
    512, 4,
  ]);
  expect(() => parsePaperConfig('trm', { ...good, puzzle_emb_len: 16 })).toThrow(
    /puzzle_emb_len: got 16/,
  );
});
