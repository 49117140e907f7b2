import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Tells this program from any other: its version, and a hash of the source that it is made of. Two machines compute the same
 * bits, and understand each other's files, only where it is the same.
 */
export function buildOf(root = ROOT): string {
  const { version, build } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
    /** A packed program says what it was made of. */
    build?: string;
  };
  return build ?? `${version}-${hashOfSource(root)}`;
}

function hashOfSource(root: string): string {
  const hash = createHash('sha256');
  const files = ['server', 'shared', 'envs'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
      .filter(
        (name) =>
          /\.(ts|c)$/.test(name) &&
          !/\.(test|testing)\.ts$|\/(node_modules|\.cache|\.build)\//.test(name),
      ),
  );
  for (const file of files.sort()) {
    hash.update(`${file}\n`);
    // Git may write other ends of lines on other systems.
    hash.update(readFileSync(path.join(root, file), 'latin1').replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex').slice(0, 8);
}
