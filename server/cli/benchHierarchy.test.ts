import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'hierarchy-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(argv: string[]) {
  let out = '';
  let err = '';
  const say = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  const code = await runCli(
    ['bench', 'hierarchy', '--levels', 'MiniBossLevel', ...argv],
    COMMANDS,
    say,
  );
  return { code, out, err };
}

const TERMS = {
  ...{ clauses: 2, steps: 9, episodes: 10, preset: 'nano', seedBase: 1_000_000_000, settings: {} },
};
const RUN = {
  ...{
    level: 'BabyAI-MiniBossLevel-v0',
    arm: 'flat',
    demonstrations: 5,
    seed: 1,
    parameters: 722_081,
  },
  ...{ success: 0.5, longer: 0.25, meanLength: 30, meanLengthLonger: 60, ponder: 1 },
  ...{ actionAccuracy: 0.8, seconds: 3 },
};
const kept = (name: string, content: unknown) => {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return ['--keep', file];
};
const SAME = [
  '--arms',
  'flat',
  '--demonstrations',
  '5',
  '--steps',
  '9',
  '--episodes',
  '10',
  '--seeds',
  '1',
];

test('finished runs of a kept file are told, not made again', async () => {
  const { code, out } = await run([...SAME, ...kept('done.json', { terms: TERMS, runs: [RUN] })]);
  expect(code).toBe(0);
  expect(out).toContain(
    '| MiniBossLevel | 5 | flat | 722,081 | 1.61 | 50.0 | 50.0 | 25.0 | 25.0 | 3 |',
  );
});

test.each<[string[], RegExp]>([
  [
    [...SAME, ...kept('other.json', { terms: { ...TERMS, steps: 10 }, runs: [RUN] })],
    /--keep .*other.json holds runs with steps 10, and now it is 9; accepted: the same, or another file/,
  ],
  [[...SAME, ...kept('none.json', [1])], /--keep .*none.json holds no runs of this command/],
  [[...SAME, '--arms', 'gru'], /--arms .*gru.*accepted: .*flat-goals/],
  [[...SAME, '--demonstrations', '0'], /--demonstrations .*"0".*accepted: whole numbers from 1/],
  [[...SAME, '--seed-base', '5'], /--seed-base .*5.*1000000000/],
])('%j is refused before anything is learnt', async (argv, message) => {
  const { code, err } = await run(argv);
  expect(err).toMatch(message);
  expect(code).toBe(2);
});
