import { beforeAll, describe, expect, test } from '@jest/globals';
import { POLICY_KINDS } from '../../shared/config.ts';
import type { OpName } from '../engine/contract/cases.ts';
import { createEngine, type Engine } from '../engine/index.ts';
import { probe, recording, selfTest } from '../engine/probe.ts';
import { KINDS, policyConfig } from './kinds/index.ts';
import { createWorkload, workloadOf } from './workload.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'wasm' });
});

/** Operations that every policy is made of. */
const COMMON: OpName[] = [
  'adamStep',
  'addRmsNorm',
  'embedSum',
  'gatherRows',
  'linear',
  'raggedAttention',
  'swigluBlock',
];

describe.each(POLICY_KINDS)('the self-test of engines for %s', (kind) => {
  const config = { ...policyConfig('nano', kind), width: 16, latents: 2 };

  test('covers every operation that such a policy calls, and leaves nothing behind', async () => {
    const used = new Set<OpName>();
    const workload = createWorkload(recording(engine, used), config);
    await workload.step();
    const expected = COMMON.filter((op) => KINDS[kind].planner || op !== 'gatherRows');
    expect([...used].sort()).toEqual(expect.arrayContaining(expected));
    await selfTest(engine, used);
    const before = engine.tf.memory().numTensors;
    await workload.step();
    expect(engine.tf.memory().numTensors).toBe(before);
    workload.dispose();
  });
});

test.each(COMMON)('a wrong %s is found by name', async (op) => {
  const wrong: Engine = {
    ...engine,
    [op]: (...args: unknown[]) => {
      const right = (engine[op] as (...args: unknown[]) => unknown)(...args);
      // Adam changes its weights in place: here it takes every step twice.
      return op === 'adamStep'
        ? (engine.adamStep as (...args: unknown[]) => unknown)(...args)
        : engine.tf.mul(right as never, 1.01);
    },
  };
  await expect(selfTest(wrong, COMMON)).rejects.toThrow(`${op}`);
});

test('an engine is measured by an update of the policy that will run', async () => {
  const source = workloadOf(policyConfig('nano', 'hrm'));
  expect(await probe('wasm', 1, source)).toMatchObject({ ok: true, software: false });
  const absent = { ...source, module: new URL('./absent.ts', import.meta.url).href };
  expect(await probe('wasm', 1, absent)).toMatchObject({ ok: false, samplesPerSecond: 0 });
});
