import { strToU8, zipSync } from 'fflate';
import type { Replay } from '../../../shared/replay.ts';
import { fileNameOf } from './files.ts';

/** Replays as one zip of replay files, as `dataset export` and the viewer take them. */
export function replayZip(replays: readonly Replay[]): Blob {
  const files: Record<string, Uint8Array> = {};
  for (const replay of replays) {
    const name = fileNameOf(replay);
    // The same world may be recorded more than once.
    const free = (n: number): string => {
      const numbered = n === 1 ? name : name.replace('.replay.json', `-${n}.replay.json`);
      return numbered in files ? free(n + 1) : numbered;
    };
    files[free(1)] = strToU8(JSON.stringify(replay));
  }
  return new Blob([new Uint8Array(zipSync(files))], { type: 'application/zip' });
}
