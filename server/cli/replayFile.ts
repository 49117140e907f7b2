import { readFileSync, statSync } from 'node:fs';
import { parseReplay, type Replay } from '../../shared/replay.ts';
import { UsageError } from './command.ts';

const MAX_BYTES = 20_000_000;

/** A replay file's document, checked. Throws a UsageError that names the file and what is wrong in it. */
export function readReplay(file: string): Replay {
  const { size } = statSync(file);
  if (size > MAX_BYTES)
    throw new UsageError(`${file} has ${size} bytes; accepted: a replay of up to ${MAX_BYTES}`);
  const text = readFileSync(file, 'utf8');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
  try {
    return parseReplay(document);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}
