import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { homedir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { defineCommand, UsageError } from './command.ts';
import { parseArguments } from './parse.ts';

const command = defineCommand({
  options: {
    level: { type: 'text', help: 'Level.', required: true },
    steps: { type: 'integer', help: 'Steps.', default: 100, min: 1, max: 1000 },
    rate: { type: 'number', help: 'Rate.', min: 0 },
    seed: { type: 'integer', help: 'Seed.', min: 0 },
    preset: { type: 'text', help: 'Preset.', choices: ['nano', 'small'], default: 'nano' },
    levels: { type: 'list', help: 'Levels.' },
    files: { type: 'list', help: 'Files.', path: 'read' },
    from: { type: 'text', help: 'File.', path: 'read' },
    greedy: { type: 'flag', help: 'Greedy.' },
  },
  operands: { name: 'FILE', help: 'A file.', min: 0, max: 1 },
  run: () => ({ json: {} }),
});

test('values come typed, defaults where nothing is given', () => {
  expect(parseArguments(command, ['--level', 'A']).options).toEqual({
    level: 'A',
    steps: 100,
    rate: undefined,
    preset: 'nano',
    levels: undefined,
    greedy: false,
  });
  const given = '--level=B --steps 1_000 --rate 1e-3 --preset small --greedy file --json'.split(
    ' ',
  );
  expect(parseArguments(command, given)).toEqual({
    options: {
      level: 'B',
      steps: 1000,
      rate: 0.001,
      preset: 'small',
      levels: undefined,
      greedy: true,
    },
    operands: ['file'],
    given: new Set(['level', 'steps', 'rate', 'preset', 'greedy']),
    json: true,
    help: false,
  });
});

test('lists come with commas or repeated', () => {
  const { options } = parseArguments(command, ['--level', 'x', '--levels', 'A,B', '--levels', 'C']);
  expect(options.levels).toEqual(['A', 'B', 'C']);
});

test('~ is the home folder in options that name files, and a character elsewhere', () => {
  const { options } = parseArguments(command, [
    ...['--level', '~/x', '--levels', '~/x', '--from=~/a', '--files=~/a,b~/c,~', '--files', '~d'],
  ]);
  expect(options).toMatchObject({
    level: '~/x',
    levels: ['~/x'],
    from: `${homedir()}/a`,
    files: [`${homedir()}/a`, 'b~/c', homedir(), '~d'],
  });
});

test('a comma in the name of a file that is there belongs to the name', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parse-'));
  const at = (name: string) => path.join(folder, name);
  for (const name of ['a', 'a,b', 'c,d,e']) writeFileSync(at(name), '');
  const files = (...texts: string[]) =>
    parseArguments(command, ['--level', 'x', ...texts.map((text) => `--files=${text}`)]).options
      .files;
  expect(files(`${at('a,b')},${at('c,d,e')},${at('a')}`, at('a'))).toEqual([
    at('a,b'),
    at('c,d,e'),
    at('a'),
    at('a'),
  ]);
  // What is not there is told apart at its commas, and missed by its reader.
  expect(files(`${at('x')},y`)).toEqual([at('x'), 'y']);
  rmSync(folder, { recursive: true });
});

test('a value may be negative, or begin with dashes after an equals sign or two dashes', () => {
  expect(() => parseArguments(command, ['--level', 'x', '--rate', '-1'])).toThrow(/--rate is "-1"/);
  expect(parseArguments(command, ['--level=--odd']).options.level).toBe('--odd');
  expect(parseArguments(command, ['--level', 'x', '--', '--odd']).operands).toEqual(['--odd']);
});

test.each([
  ['--level', /--level needs a value: accepted: a text/],
  ['--level --greedy', /--level needs a value/],
  ['--greedy', /--level is missing: accepted: a text/],
  ['--level x --steps 0', /--steps is "0"; accepted: a whole number from 1 to 1000/],
  ['--level x --steps 1.5', /--steps is "1.5"; accepted: a whole number/],
  ['--level x --steps abc', /--steps is "abc"/],
  ['--level x --steps 0x10', /--steps is "0x10"/],
  [
    '--level x --seed 9007199254740993',
    /--seed is .*; accepted: a whole number from 0 to 9007199254740991/,
  ],
  ['--level x --rate NaN', /--rate is "NaN"; accepted: a number from 0 up/],
  ['--level x --preset huge', /--preset is "huge"; accepted: nano, small/],
  ['--level x --levels A,,B', /--levels is ""; accepted: one or more, with commas/],
  ['--level x --level y', /--level is given twice/],
  ['--level x --greedy=1', /--greedy takes no value/],
  ['--level x --stepz 3', /unknown option --stepz; accepted: --level, --steps/],
  ['--level x --constructor 3', /unknown option --constructor/],
  ['--level x -s 3', /unknown option -s/],
  ['--level x a b', /unexpected "b" after FILE/],
])('%s is refused in one line', (line, message) => {
  const parse = () => parseArguments(command, line.split(' '));
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(message);
});
