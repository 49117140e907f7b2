import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createEngine } from '../engine/index.ts';
import { writeSafetensors } from '../policy/checkpoint/index.ts';
import {
  countParameters,
  createPaperModel,
  initWeights,
  paperSizes,
} from '../policy/paper/index.ts';
import { evaluatePuzzles } from './evaluate.ts';
import { readLabFile } from './file.ts';
import { readModel } from './reference.ts';
import { heldOutAfter, taskNamed } from './tasks/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));
const engine = await createEngine({ engine: 'wasm' });

type Half = 'F32' | 'BF16' | 'F16';

/** A number in half precision, as its bits: the upper half of a float, or IEEE's half (no subnormals: they become 0). */
function bits(x: number, dtype: 'BF16' | 'F16'): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  const word = view.getUint32(0);
  // Rounded to nearest by adding half a unit of the last place that stays.
  if (dtype === 'BF16') return ((word + 0x8000) >>> 16) & 0xffff;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const sign = (word >>> 16) & 0x8000;
  if (exponent <= 0) return sign;
  return sign | Math.min(0x7bff, (((exponent << 23) | (word & 0x7fffff)) + 0x1000) >>> 13);
}

/** A file as PyTorch's safetensors would write it: names of a compiled model under its loss head, no description. */
function referenceFile(
  weights: ReadonlyMap<string, { shape: readonly number[]; data: ArrayLike<number> }>,
  dtype: Half,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of weights) {
    const numbers = Array.from(data);
    const array =
      dtype === 'F32'
        ? Float32Array.from(numbers)
        : Uint16Array.from(numbers, (x) => bits(x, dtype));
    const bytes = new Uint8Array(array.buffer);
    header[`_orig_mod.model.${name}`] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = Buffer.alloc(8 + text.length);
  file.writeBigUInt64LE(BigInt(text.length));
  file.set(text, 8);
  return Buffer.concat([file, ...parts]);
}

const SOLVED = 24;

test.each<[string, Half, object]>([
  ['sudoku4', 'F32', { num_heads: 4, pos_encodings: 'learned', halt_max_steps: 8 }],
  ['sudoku4', 'BF16', { num_heads: 4, halt_max_steps: 8 }],
  ['sudoku4', 'F16', { num_heads: 4, halt_max_steps: 8 }],
  ['sudoku6', 'BF16', { num_heads: 4, H_cycles: 2, L_cycles: 3, halt_max_steps: 8 }],
])('%s in the layout of the original code (%s) loads and solves', async (name, dtype, changes) => {
  const own = await readLabFile(name);
  const path = join(folder, `${name}-${dtype}.safetensors`);
  writeFileSync(path, referenceFile(own.weights as never, dtype));
  const task = await taskNamed(name);
  const read = await readModel(path, task, changes as never);
  expect(read.kind).toBe(own.kind);
  // All that a pass depends on is as in the file that says it.
  const {
    expansion: _,
    swigluMultiple: __,
    noActContinue: ___,
    haltExplorationProb: ____,
    ...same
  } = own.config;
  expect(read.config).toMatchObject(same);
  const model = createPaperModel(read.config, read.weights, engine);
  const puzzles = heldOutAfter(task, 1000, SOLVED);
  const { bySegment } = await evaluatePuzzles(model, task, puzzles, read.config.haltMaxSteps);
  model.dispose();
  expect(bySegment.at(-1)?.exact).toBeGreaterThanOrEqual(SOLVED - 1);
});

test('the published sizes follow from tensors and task alone', async () => {
  const task = await taskNamed('sudoku9');
  const published = paperSizes({ seq_len: 81, vocab_size: 11, num_puzzle_identifiers: 1 });
  expect(countParameters(published)).toBe(27_275_266);
  // A quarter of the width and two layers instead of eight show it too, and take little memory.
  const config = { ...published, width: 128, heads: 2, puzzleWidth: 128, hLayers: 1, lLayers: 1 };
  const path = join(folder, 'published.safetensors');
  writeFileSync(path, referenceFile(initWeights(config, 1) as never, 'BF16'));
  const read = await readModel(path, task);
  expect(read.config).toEqual({ ...config, haltExplorationProb: 0 });
  expect(read.kind).toBe('hrm');
});

test('what does not fit is refused by name', async () => {
  const own = await readLabFile('sudoku4');
  const path = join(folder, 'small.safetensors');
  writeFileSync(path, referenceFile(own.weights as never, 'F32'));
  const [four, nine] = await Promise.all(['sudoku4', 'sudoku9'].map((id) => taskNamed(id)));
  await expect(readModel(path, nine)).rejects.toThrow(
    /small\.safetensors: vocabulary: is 6, and sudoku9 has 11; accepted: a model for sudoku9/,
  );
  await expect(readModel(path, four, { hidden_size: 32 })).rejects.toThrow(
    /set: hidden_size follows from the file's tensors; accepted: num_heads, /,
  );
  await expect(readModel('sudoku4', four, { num_heads: 2 })).rejects.toThrow(
    /set: num_heads has no effect: sudoku4 says its own sizes/,
  );
  const cut = new Map(own.weights);
  cut.delete('inner.lm_head.weight');
  writeFileSync(path, referenceFile(cut as never, 'F32'));
  await expect(readModel(path, four, { num_heads: 4 })).rejects.toThrow(
    /inner\.lm_head\.weight.*is missing/,
  );
  const alien = join(folder, 'alien.safetensors');
  writeFileSync(
    alien,
    writeSafetensors(new Map([['a', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]])),
  );
  await expect(readModel(alien, four)).rejects.toThrow(/not a checkpoint of this program/);
});
