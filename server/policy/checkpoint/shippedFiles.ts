import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError } from './errors.ts';

/** Names of the checkpoints in a folder that comes with the program. */
export function shippedNames(folder: URL): string[] {
  const path = fileURLToPath(folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((file) => file.endsWith('.safetensors'))
    .map((file) => basename(file, '.safetensors'))
    .sort();
}

/**
 * The file that a shipped name or a path means. Throws a CheckpointError where there is none.
 * @param accepted what other files may be, in words
 */
export function shippedPath(folder: URL, nameOrFile: string, accepted: string): string {
  const names = shippedNames(folder);
  if (names.includes(nameOrFile))
    return fileURLToPath(new URL(`${nameOrFile}.safetensors`, folder));
  if (existsSync(nameOrFile)) return nameOrFile;
  const shipped = names.map((name) => `"${name}"`).join(', ');
  throw new CheckpointError(
    'checkpoint',
    `is "${nameOrFile}", and there is no such file; accepted: ${accepted}${shipped && `, or a shipped one: ${shipped}`}`,
  );
}
