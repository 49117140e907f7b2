import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page into client/dist; does nothing where no source has changed since. `--force` builds anyway. */
const root = fileURLToPath(new URL('..', import.meta.url));
const client = path.join(root, 'client');
const mark = path.join(client, 'dist', '.sources');
const SOURCES = ['client', 'envs', 'shared', 'package-lock.json'];
const IGNORED = new Set(['dist', 'node_modules', 'golden']);

const sources = hashOf(SOURCES);
if (
  process.argv.includes('--force') ||
  !existsSync(mark) ||
  readFileSync(mark, 'utf8') !== sources
) {
  const begun = performance.now();
  await build({ root: client, configFile: path.join(client, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(mark, sources);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stderr.write(`Built the page in ${seconds} s.\n`);
}

function hashOf(names: string[]): string {
  const hash = createHash('sha256');
  for (const name of names) add(name);
  return hash.digest('hex');

  function add(name: string): void {
    const full = path.join(root, name);
    const isFolder = !path.extname(name) && readdirSafe(full);
    if (isFolder) {
      for (const child of isFolder.sort()) if (isSource(child)) add(`${name}/${child}`);
    } else hash.update(name).update('\0').update(readFileSync(full)).update('\0');
  }
}

function isSource(name: string): boolean {
  return !IGNORED.has(name) && !name.includes('.test.') && !name.includes('.testing.');
}

function readdirSafe(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
