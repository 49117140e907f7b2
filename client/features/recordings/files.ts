import type { Replay } from '../../../shared/replay.ts';
import { readReplayFile as parseReplayFile } from '../../../shared/replayFile.ts';

import { saveFile } from '../../ui/saveFile.ts';

/** Largest file that is read: a full-length episode with its mind takes well under this. */
const MAX_FILE_BYTES = 8_000_000;

/** File name for a replay: level, seed and what it is. */
export function fileNameOf(replay: Replay): string {
  // A mission or layout made by hand is its level's name: too long for a file's.
  const level = replay.levelId.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 80);
  return `${level}-seed${replay.seed}.replay.json`;
}

/** Hands the replay to the visitor as a JSON file. */
export function downloadReplay(replay: Replay): void {
  const blob = new Blob([JSON.stringify(replay)], { type: 'application/json' });
  saveFile(blob, fileNameOf(replay));
}

/** Reads a replay from a file that the visitor chose. Rejects with one sentence on what is wrong. */
export async function readReplayFile(file: File): Promise<Replay> {
  if (file.size > MAX_FILE_BYTES) {
    throw new Error(`${file.name} has ${file.size} bytes; accepted: up to ${MAX_FILE_BYTES}`);
  }
  const head = new Uint8Array(await file.slice(0, 512).arrayBuffer());
  return parseReplayFile(file.name, head, await file.text());
}
