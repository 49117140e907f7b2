import path from 'node:path';
import { createFilm, type FilmOptions, PictureError } from '../../../envs/render/film.ts';
import { encodeGif } from '../../../envs/render/gif.ts';
import type { Replay } from '../../../shared/replay.ts';
import { writeWhole } from '../../processes/wholeFile.ts';
import { encodePng } from './png.ts';

export const PICTURE_FORMATS = ['gif', 'png'] as const;

export interface ExportOptions extends FilmOptions {
  readonly framesPerSecond: number;
  /** How long the last frame stays. */
  readonly lastSeconds: number;
  /** Only the frame after this many steps; by default all, and of a PNG the first. */
  readonly step?: number;
  /** Called now and then with the frames done and all frames. */
  readonly onProgress?: (done: number, all: number) => void;
}

export interface Exported {
  readonly frames: number;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Draws an episode to a file, whose name says the format. The file appears when it is complete. Throws
 * a PictureError that says what is accepted.
 */
export async function exportEpisode(
  replay: Replay,
  file: string,
  options: ExportOptions,
): Promise<Exported> {
  const format = path.extname(file).slice(1).toLowerCase();
  const film = createFilm(replay, options);
  const { step } = options;
  if (step !== undefined && step >= film.count)
    throw new PictureError(
      `step is ${step}; accepted: 0 to ${film.count - 1}, the steps of this episode`,
    );
  const first = format === 'png' ? 0 : undefined;
  const only = step ?? first;
  const wanted = only === undefined ? Array.from({ length: film.count }, (_, i) => i) : [only];
  const { framesPerSecond, lastSeconds } = options;
  const lastFrame = wanted.at(-1);
  const secondsOf = (frame: number) => (frame === lastFrame ? lastSeconds : 1 / framesPerSecond);
  const bytes = await encode();
  writeWhole(file, bytes);
  return { frames: wanted.length, bytes: bytes.length, width: film.width, height: film.height };

  async function encode(): Promise<Uint8Array> {
    if (format === 'gif')
      return encodeGif(film, wanted, secondsOf, (done) =>
        options.onProgress?.(done, wanted.length),
      );
    const [{ canvas }] = film.frames(new Set(wanted));
    options.onProgress?.(1, 1);
    return encodePng(canvas);
  }
}
