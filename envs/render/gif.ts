import type { Gifenc } from 'gifenc';
import type { Film } from './film.ts';
import type { Canvas } from './raster.ts';

/** Frames that the colours are chosen from. */
const SAMPLED_FRAMES = 12;
/** One of the 256 places is kept for "as in the frame before". */
const COLORS = 255;

/**
 * A film as an animated GIF that repeats for ever. All frames share one palette; after the first, only pixels that
 * changed are stored.
 * @param secondsOf for how long each of the wanted frames is shown
 * @param onFrame called after each frame, and waited for; what it throws ends the work
 */
export async function encodeGif(
  film: Film,
  wanted: readonly number[],
  secondsOf: (frame: number) => number,
  onFrame: (done: number) => void | Promise<void>,
): Promise<Uint8Array> {
  const module: object & { default: Gifenc } = await import('gifenc');
  // Cast: a CommonJS package; some loaders show its names at once, Node alone shows them below `default`.
  const { GIFEncoder, quantize, applyPalette } =
    'quantize' in module ? (module as unknown as Gifenc) : module.default;
  const palette = quantize(sample(film, wanted), COLORS);
  const transparent = palette.length;
  const colors = [...palette, [0, 0, 0]];
  const encoder = GIFEncoder();
  let before: Uint8Array | undefined;
  let done = 0;
  for (const { index, canvas } of film.frames(new Set(wanted))) {
    const indices = applyPalette(canvas.pixels, palette);
    const shared = { delay: 1000 * secondsOf(index), dispose: 1, repeat: 0 };
    if (!before)
      encoder.writeFrame(indices, film.width, film.height, { ...shared, palette: colors });
    else
      encoder.writeFrame(changes(before, indices, transparent), film.width, film.height, {
        ...shared,
        transparent: true,
        transparentIndex: transparent,
      });
    before = indices;
    await onFrame(++done);
  }
  encoder.finish();
  return encoder.bytes();
}

/** The pixels that differ from the frame before; the others as `transparent`. */
function changes(before: Uint8Array, now: Uint8Array, transparent: number): Uint8Array {
  return now.map((index, i) => (index === before[i] ? transparent : index));
}

/** Pixels of some frames, evenly spread, the first and the last among them. */
function sample(film: Film, wanted: readonly number[]): Uint8ClampedArray {
  const count = Math.min(SAMPLED_FRAMES, wanted.length);
  const chosen = new Set(
    Array.from(
      { length: count },
      (_, i) => wanted[Math.round((i * (wanted.length - 1)) / Math.max(1, count - 1))],
    ),
  );
  const size = film.width * film.height * 4;
  const pixels = new Uint8ClampedArray(size * chosen.size);
  let at = 0;
  for (const { canvas } of film.frames(chosen) as Iterable<{ canvas: Canvas }>) {
    pixels.set(canvas.pixels, at);
    at += size;
  }
  return pixels;
}
