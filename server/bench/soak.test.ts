import { expect, test } from '@jest/globals';
import { judge, type SoakSample, soak } from './soak.ts';

const samples = (rss: (i: number) => number, tensors: (i: number) => number = () => 300) =>
  Array.from(
    { length: 60 },
    (_, i): SoakSample => ({
      seconds: i,
      updates: i * 10,
      rssBytes: rss(i),
      heapBytes: 1e7,
      workerHeapBytes: 2e7,
      wasmBytes: 5e7,
      tensors: tensors(i),
    }),
  );

test('what grows at first and then stays is flat', () => {
  const verdict = judge(samples((i) => 3e8 + Math.min(i, 25) * 1e7 + (i % 3) * 1e6));
  expect(verdict).toMatchObject({ flat: true, tensorsConstant: true });
});

test('what grows on and on is not, nor what gains a single tensor', () => {
  expect(judge(samples((i) => 3e8 + i * 2e6)).flat).toBe(false);
  expect(
    judge(
      samples(
        () => 3e8,
        (i) => 300 + Number(i > 40),
      ),
    ).flat,
  ).toBe(false);
});

test('a short soak trains, and its tensors do not grow', async () => {
  const result = await soak({ minutes: 0.02, engine: 'wasm', workers: 2, say: () => undefined });
  expect(result.updates).toBeGreaterThanOrEqual(4);
  expect(result.samples.length).toBeGreaterThanOrEqual(4);
  expect(result.tensorsConstant).toBe(true);
  for (const sample of result.samples) {
    expect(sample.tensors).toBeGreaterThan(50);
    expect(sample.wasmBytes).toBeGreaterThan(1e6);
    expect(sample.rssBytes).toBeGreaterThan(sample.heapBytes);
  }
});
