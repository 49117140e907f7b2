import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '..');
const HELPER = 'shared/properties.testing.ts';
const files = ['shared', 'envs', 'server', 'client'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(test|testing)\.ts$/.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`.replaceAll('\\', '/')),
);

/** What makes a test's outcome a matter of luck, and what to use instead. */
const LUCK: readonly (readonly [RegExp, string])[] = [
  [/\bMath\.random\(/, 'a generator with a seed'],
  [/\bfc\.(assert|check)\(/, `holds() of ${HELPER}`],
  [/\bfc\.(sample|statistics)\((?![^;]*\bseed: )/, 'a seed among the options'],
  [/\.listen\([1-9]/, 'port 0'],
];

test('no test draws anything without a seed, or asks for a port of its own', () => {
  expect(files.length).toBeGreaterThan(100);
  const found = files
    .filter((file) => file !== HELPER && !file.endsWith('determinism.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return LUCK.filter(([luck]) => luck.test(text)).map(
        ([luck, instead]) => `${file}: ${luck}; use ${instead}`,
      );
    });
  expect(found).toEqual([]);
});
