import { readFileSync, statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createEngine } from '../engine/index.ts';
import { createPaperModel } from '../policy/paper/index.ts';
import { evaluatePuzzles, reportOf } from './evaluate.ts';
import { readLabFile, shippedModels } from './file.ts';
import { heldOutAfter, taskNamed } from './tasks/index.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
const engine = await createEngine({ engine: 'wasm' });

test('models are shipped', () => {
  expect(shippedModels()).toContain('sudoku4');
});

test.each(shippedModels())(
  'the shipped %s solves as many puzzles as the README says',
  async (name) => {
    const file = await readLabFile(name);
    const path = new URL(`./shipped/${name}.safetensors`, import.meta.url);
    expect(statSync(path).size).toBeLessThan(600_000);
    // As `lab evaluate --checkpoint NAME --task NAME --puzzles 48 --skip 1000` counts them.
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
    const claimed = /(\d+) of 48/.exec(row)?.[1];
    const task = await taskNamed(name);
    const model = createPaperModel(file.config, file.weights, engine);
    const puzzles = heldOutAfter(task, 1000, 48);
    const { exact } = reportOf(
      await evaluatePuzzles(model, task, puzzles, file.config.haltMaxSteps),
    );
    model.dispose();
    expect(`${Math.round(exact * 48)}`).toBe(claimed);
    expect(exact).toBeGreaterThan(0.9);
  },
);
