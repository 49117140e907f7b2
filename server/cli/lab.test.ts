import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const csv = join(folder, 'wrong.csv');
writeFileSync(csv, 'puzzle,solution\n1,2\n');
const few = join(folder, 'few.csv');
writeFileSync(few, 'question,answer\n12343412214343.1,1234341221434321\n');

async function run(...argv: string[]) {
  let out = '';
  let err = '';
  const streams = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await runCli(argv, COMMANDS, streams);
  return { code, out, err };
}

test.each([
  [['train', '--task', 'sudoku4'], /^nothing says when to stop; accepted: at least one of --steps/],
  [['train', '--task', 'sudoku5', '--steps', '1'], /^task: got "sudoku5", expected sudoku4, /],
  [
    ['train', '--task', 'maze9', '--steps', '1', '--set', 'depth=3'],
    /^--set is "depth=3"; accepted: NAME=VALUE with one of batch, /,
  ],
  [
    ['train', '--task', 'maze9', '--steps', '1', '--set', 'num_heads=7'],
    /^config\.num_heads: got 7, expected a divisor/,
  ],
  [
    ['train', '--task', 'maze9', '--steps', '1', '--set', 'batch=0.5'],
    /^--set is "batch=0\.5"; accepted: batch from 1/,
  ],
  [['train', '--task', 'maze9', '--steps', '1', '--weights-only'], /^--weights-only needs --out/],
  [
    ['train', '--task', 'sudoku9', '--steps', '1', '--data', csv],
    /wrong\.csv: column "question" is missing, got "puzzle,solution"/,
  ],
  [
    ['train', '--task', 'sudoku9', '--steps', '1', '--data', join(folder, 'no.csv')],
    /no such file/,
  ],
  [
    ['train', '--task', 'sudoku4', '--steps', '1', '--resume', csv, '--seed', '2'],
    /^--seed cannot be changed by --resume/,
  ],
  [['train', '--task', 'sudoku4', '--steps', '1', '--resume', csv], /wrong\.csv: header/],
  [
    ['train', '--task', 'sudoku4', '--steps', '1', '--out', join(folder, 'no', 'x.safetensors')],
    /^--out is ".*": there is no folder/,
  ],
  [
    ['evaluate', '--task', 'sudoku4', '--checkpoint', 'sudoku4', '--data', few, '--skip', '4'],
    /^--skip is 4; accepted: less than \d, the held-out puzzles that sudoku4 has/,
  ],
  [
    ['solve', '--task', 'sudoku4', '--puzzle', '11..............'],
    /^puzzle: 1 stands twice in row 1/,
  ],
  [
    ['solve', '--task', 'maze9', '--puzzle', csv],
    /^puzzle: got 2 rows, expected 9 rows of 9 cells/,
  ],
  [
    ['solve', '--task', 'maze30', '--puzzle', `S${'.'.repeat(898)}G`],
    /^--checkpoint is missing, and none is shipped for maze30/,
  ],
  [
    ['evaluate', '--task', 'sudoku4', '--checkpoint', 'default'],
    /^checkpoint: is "default", and there is no such file; accepted: a file of `lab train --out`/,
  ],
])('lab %j is refused in one line with exit code 2', async (argv, message) => {
  const { code, out, err } = await run('lab', ...argv, '--json');
  expect(err).toMatch(message);
  expect({ code, out, lines: err.trim().split('\n').length }).toEqual({
    code: 2,
    out: '',
    lines: 1,
  });
});
