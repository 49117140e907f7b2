import { readFileSync, statSync } from 'node:fs';
import type { Replay } from '../../shared/replay.ts';
import { MAX_REPLAY_BYTES, readReplayFile } from '../../shared/replayFile.ts';
import { UsageError } from './command.ts';

/** A replay file's document, checked. Throws a UsageError that names the file and what is wrong in it. */
export function readReplay(file: string): Replay {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) throw new Error(`${file} is a folder; accepted: a replay file`);
    if (stats.size > MAX_REPLAY_BYTES)
      throw new Error(`${file} has ${stats.size} bytes; accepted: up to ${MAX_REPLAY_BYTES}`);
    const bytes = readFileSync(file);
    return readReplayFile(file, bytes.subarray(0, 512), bytes.toString('utf8'));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
