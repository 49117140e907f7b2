import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors, writeSafetensors } from '../checkpoint/index.ts';
import { runHrmCheck } from './check.ts';

/** Vectors recorded from the published PyTorch models. */
const golden = join(import.meta.dirname, 'golden');
const scratch = mkdtempSync(join(tmpdir(), 'hrm-check-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('HRM and TRM reproduce the published models: outputs, carries, losses, every gradient', async () => {
  const result = await runHrmCheck(golden);
  expect(result.failures).toEqual([]);
  expect(result.failed).toBe(0);
  expect(result.instances.map(({ instance }) => instance)).toEqual([
    'hrm/learned',
    'hrm/rope',
    'trm/learned',
    'trm/rope',
  ]);
  expect(result.passed).toBeGreaterThan(700);
  expect(result.maxAbsError).toBeLessThan(1e-4);
  expect(result.maxGradError).toBeLessThan(1e-3);
  expect(result.maxChainError).toBeLessThan(1e-3);
  expect(tf.memory().numTensors).toBe(0);
});

function copyOf(name: string): string {
  const dir = join(scratch, name);
  cpSync(join(golden, 'hrm/learned'), join(dir, 'hrm/learned'), { recursive: true });
  return dir;
}

test('a model that differs a little fails, and the message says where', async () => {
  const dir = copyOf('weight');
  const path = join(dir, 'hrm/learned/weights.safetensors');
  const file = readSafetensors(gunzipSync(readFileSync(`${path}.gz`)));
  const weight = file.tensors.get('inner.H_level.layers.0.mlp.down_proj.weight');
  (weight?.data as Float32Array)[5] += 0.02;
  writeFileSync(path, writeSafetensors(file.tensors));
  const result = await runHrmCheck(dir);
  expect(result.failed).toBeGreaterThan(20);
  expect(result.failures[0].file).toBe('hrm/learned/calls_eval');
  expect(result.failures[0].what).toMatch(/^call0\.out\.logits\[\d+\]: got .*allowed 0\.0001/);
});

test('another number of cycles fails', async () => {
  const dir = copyOf('cycles');
  const path = join(dir, 'hrm/learned/config.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"L_cycles": 3', '"L_cycles": 2'));
  expect((await runHrmCheck(dir)).failed).toBeGreaterThan(20);
});

test('unreadable recordings are failures, a folder without any is an error', async () => {
  const dir = copyOf('broken');
  writeFileSync(join(dir, 'hrm/learned/calls_eval.safetensors'), 'nonsense');
  writeFileSync(join(dir, 'hrm/learned/grads_softmax_train.safetensors'), '');
  const { failures, passed } = await runHrmCheck(dir);
  expect(passed).toBeGreaterThan(100);
  expect(failures).toEqual([
    { file: 'hrm/learned/calls_eval', what: expect.stringMatching(/^header: /) },
    { file: 'hrm/learned/grads_softmax_train', what: expect.stringMatching(/^header: /) },
  ]);
  await expect(runHrmCheck(join(scratch, 'nothing'))).rejects.toThrow(/no recorded models/);
});

test.each([
  { engine: 'wasm', plain: true },
  { engine: 'wasm-plain', plain: false },
  { engine: 'cpu', plain: true },
  { engine: 'webgpu', plain: false },
] as const)('other ways to compute agree too: %p', async (options) => {
  const dir = copyOf(JSON.stringify(options));
  for (const file of ['calls_train', 'calls_eval', 'grads_stablemax_eval', 'grads_softmax_train'])
    rmSync(join(dir, `hrm/learned/${file}.safetensors.gz`));
  const result = await runHrmCheck(dir, options);
  expect(result.engine).toBe(options.engine);
  expect(result.failures).toEqual([]);
  expect(result.maxAbsError).toBeLessThan(1e-4);
  expect(result.maxGradError).toBeLessThan(1e-3);
});

test('an engine that does not exist is refused by name', async () => {
  await expect(runHrmCheck(golden, { engine: 'abacus' as 'cpu' })).rejects.toThrow(/abacus/);
});
