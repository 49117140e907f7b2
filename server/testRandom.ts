import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * `npm run test:random -- [--minutes 10] [--seed N]`: the property tests with random cases, for about as
 * long as asked, and the checks of all seeds that are too many for `npm test`. It prints its seed first;
 * where a property fails, seed, path and smallest counterexample are printed too: pin that in the test.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const WORKERS = 2;
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0 && minutes <= 24 * 60))
  refuse(`--minutes is ${values.minutes}; accepted: a number above 0, up to 1440`);
if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31))
  refuse(`--seed is ${values.seed}; accepted: a whole number from 0 to 2147483647`);

const files = ['shared', 'envs', 'server', 'client'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => path.join(folder, name)),
);
const properties = new Map<string, number>();
for (const file of files) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const count = text.split(/\bholds\(/).length - 1;
  if (text.includes('/properties.testing.ts') && count > 0) properties.set(file, count);
}
const total = [...properties.values()].reduce((sum, count) => sum + count, 0);
const seconds = Math.max(1, Math.round((minutes * 60 * WORKERS) / total));
process.stderr.write(`${total} properties, ${seconds} s each, seed ${seed}\n`);
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    path.join(root, 'node_modules/jest/bin/jest.js'),
    // Leaves time for shrinking, and for what runs through all seeds.
    `--testTimeout=${(seconds * 2 + 1800) * 1000}`,
    '--runTestsByPath',
    ...properties.keys(),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PROPERTY_SECONDS: String(seconds), PROPERTY_SEED: String(seed) },
  },
);
process.exitCode = status ?? 1;

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
