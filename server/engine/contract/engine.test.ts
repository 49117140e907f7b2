import { expect, test } from '@jest/globals';
import { createEngine } from '../index.ts';
import { CASES } from './cases.ts';
import { caseErrors } from './contract.ts';

test.each(['wasm', 'wasm-plain', 'cpu'] as const)(
  '%s agrees with double precision',
  async (name) => {
    const engine = await createEngine({ engine: name });
    await engine.activate();
    const wrong: unknown[] = [];
    for (const one of CASES) {
      const errors = await caseErrors(engine, one);
      if (!(errors.value < 3e-6 && errors.gradient < 3e-5))
        wrong.push({ name: one.name, ...errors });
    }
    expect(wrong).toEqual([]);
  },
);
