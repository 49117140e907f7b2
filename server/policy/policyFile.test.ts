import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { policyConfig } from './kinds/index.ts';
import { initialWeights, parameterSpecs } from './parameters.ts';
import { LARGEST_WEIGHT, readPolicy, writePolicy } from './policyFile.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'policy-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = policyConfig('nano', 'flat');
const spec = parameterSpecs(config)[1];

/** A policy with one weight replaced. */
async function fileWith(value: number): Promise<string> {
  const weights = initialWeights(config, 1);
  weights[spec.offset + 3] = value;
  const file = path.join(folder, `${value}.safetensors`);
  await writePolicy(file, { config, weights, history: [], seeds: {} });
  return file;
}

test.each([Number.NaN, Number.POSITIVE_INFINITY, 3e38, -1e12])(
  'a policy with the weight %p is refused by the name of its tensor',
  async (value) => {
    const file = await fileWith(value);
    for (const upgrade of [false, true])
      await expect(readPolicy(file, upgrade)).rejects.toThrow(
        new RegExp(
          `tensor "${spec.name}": holds ${Math.fround(value)} at index 3, .*not finite`.replace(
            '+',
            '\\+',
          ),
        ),
      );
  },
);

test('a policy with the largest weight that is accepted is read as it was written', async () => {
  const { weights } = await readPolicy(await fileWith(LARGEST_WEIGHT));
  expect(weights[spec.offset + 3]).toBe(LARGEST_WEIGHT);
});
