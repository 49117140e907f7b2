import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeProgram } from './program.ts';

/**
 * What `npm pack` calls before and after: `before` builds the program into dist/ and puts the packed program's
 * package.json in place of the project's, `after` puts the project's back. `write PAGE OUT` only writes the program.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = path.join(root, 'package.json');
const kept = path.join(root, '.cache', 'package.json');

async function before(): Promise<void> {
  // An earlier pack was cut off.
  after();
  await import('../build.ts');
  const packed = await writeProgram(root, path.join(root, 'client/dist'), path.join(root, 'dist'));
  mkdirSync(path.dirname(kept), { recursive: true });
  cpSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(packed, undefined, 2)}\n`);
}

function after(): void {
  if (!existsSync(kept)) return;
  cpSync(kept, manifest);
  rmSync(kept);
}

const [when, page, out] = process.argv.slice(2);
if (when === 'before') await before();
else if (when === 'after') after();
else if (when === 'write' && page && out) await writeProgram(root, page, out);
else throw new Error(`Say "before", "after" or "write PAGE OUT", not ${JSON.stringify(when)}.`);
