import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { defineCommand } from './command.ts';
import { runCli } from './main.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'destination-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => path.join(folder, name);
for (const name of ['a.json', 'p.safetensors', 'q.best.safetensors', 'q.run.safetensors'])
  writeFileSync(at(name), '');
symlinkSync(at('a.json'), at('link.json'));

const made = defineCommand({
  options: {
    init: { type: 'text', help: 'Start.', path: 'read' },
    resume: { type: 'text', help: 'Go on.', path: 'read' },
    files: { type: 'list', help: 'More.', path: 'read' },
    out: {
      type: 'text',
      help: 'End.',
      path: 'written',
      replaces: ['init'],
      goesOnBy: 'resume',
    },
  },
  operands: { name: 'FILE', help: 'Files.', min: 0, max: 9 },
  run: () => ({ json: {} }),
});

/** What is said of `words`, where @ stands before the name of a file; empty where it is taken. */
async function complaint(words: string): Promise<string> {
  let said = '';
  const argv = words
    .split(' ')
    .map((word) => word.replace(/@([^,\s]+)/g, (_all, name) => at(name)));
  const entries = [{ name: 'make', summary: '', load: async () => ({ command: made }) }];
  const err = (text: string) => {
    said += text;
  };
  const code = await runCli(['make', ...argv], entries, { out: () => undefined, err });
  expect(code).toBe(said === '' ? 0 : 2);
  return said;
}

test.each([
  ['--out=@a.json @a.json', /written over .*a\.json; accepted: another file/],
  ['--out=@link.json @a.json', /written over/],
  ['--out=@a.json --files=@p.safetensors,@a.json', /written over --files/],
  ['--out=@a.json --resume=@a.json', /written over --resume/],
  ['--out=@q.safetensors --init=@q.best.safetensors', /kept beside it .* over --init/],
  ['--out=@q.safetensors --init=@q.run.safetensors', /kept beside it .* over --init/],
  ['--out=@q.safetensors', /beside it lies .*q\.run\.safetensors, .* by --resume/],
])('%s is refused, as what is there would be lost', async (words, message) => {
  expect(await complaint(words)).toMatch(message);
});

test.each([
  '--out=@p.safetensors --init=@p.safetensors',
  '--out=@q.safetensors --resume=@q.run.safetensors',
  '--out=@b.json @a.json --files=@p.safetensors',
])('%s is taken', async (words) => {
  expect(await complaint(words)).toBe('');
});

test('nothing is touched by looking', () => {
  expect([existsSync(at('b.json')), existsSync(at('q.safetensors'))]).toEqual([false, false]);
});
