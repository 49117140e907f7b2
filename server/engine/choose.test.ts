import { expect, test } from '@jest/globals';
import type { EngineName } from '../../shared/config.ts';
import { best, type EngineReport } from './choose.ts';

const report = (name: EngineName, samplesPerSecond: number, ok = true): EngineReport => ({
  name,
  ok,
  samplesPerSecond,
  reason: '',
  description: '',
  software: false,
  whatToDo: '',
});

test('the fastest engine that passes its self-test is taken', () => {
  const engines = [report('webgpu', 900, false), report('wasm', 300), report('tfjs-node', 20.4)];
  expect(best(engines)).toEqual({
    name: 'wasm',
    reason: 'fastest of those that work here: 300 training samples/s, tfjs-node 20',
  });
});

test('where none answers in time, wasm is taken', () => {
  expect(best([report('webgpu', 0, false)])).toMatchObject({ name: 'wasm' });
});
