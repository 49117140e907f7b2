import type { Replay } from '../../../shared/replay.ts';
import type { Story } from '../../../shared/story/types.ts';

/** What films can be written as; all browsers write GIF. */
export const FILM_FORMATS = {
  gif: { label: 'GIF', type: 'image/gif' },
  mp4: { label: 'MP4', type: 'video/mp4' },
  webm: { label: 'WebM', type: 'video/webm' },
} as const;
export type FilmFormat = keyof typeof FILM_FORMATS;

/** What browsers call the codec that each kind of video is written with here. */
const CODECS = { mp4: 'avc1.640028', webm: 'vp09.00.40.08' } as const;
const PROBE = { width: 800, height: 480 } as const;

/** What a film shows: a run's story, or one episode. */
export type FilmSubject = { story: Story } | { replay: Replay };
export type FilmRequest = FilmSubject & { format: FilmFormat };

/** From the worker, as often as there is news. */
export type FilmAnswer =
  | { kind: 'progress'; done: number; all: number }
  | { kind: 'done'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'failed'; message: string };

/** The formats that this browser can write. */
export async function writableFormats(): Promise<FilmFormat[]> {
  const found: FilmFormat[] = ['gif'];
  if (typeof VideoEncoder === 'undefined') return found;
  for (const [format, codec] of Object.entries(CODECS)) {
    const answer = await VideoEncoder.isConfigSupported({ codec, ...PROBE }).catch(() => undefined);
    // Cast: CODECS names formats.
    if (answer?.supported) found.push(format as FilmFormat);
  }
  return found;
}

export interface FilmJob {
  /** Resolves with the film; undefined where it was cancelled. Rejects with a message fit to be shown. */
  done: Promise<Blob | undefined>;
  cancel(): void;
}

/** Makes a film beside the page, which stays as quick as it was. */
export function makeFilm(
  request: FilmRequest,
  onProgress: (done: number, all: number) => void,
): FilmJob {
  const worker = new Worker(new URL('./filmWorker.ts', import.meta.url), { type: 'module' });
  let cancel: () => void = () => undefined;
  const done = new Promise<Blob | undefined>((resolve, reject) => {
    cancel = () => resolve(undefined);
    worker.addEventListener('error', ({ message }) =>
      reject(new Error(`The film could not be made: ${message || 'its program did not load'}.`)),
    );
    worker.addEventListener('message', ({ data }: MessageEvent<FilmAnswer>) => {
      if (data.kind === 'progress') onProgress(data.done, data.all);
      else if (data.kind === 'done')
        resolve(new Blob([data.bytes], { type: FILM_FORMATS[request.format].type }));
      else reject(new Error(`The film could not be made: ${data.message}`));
    });
    worker.postMessage(request);
  }).finally(() => worker.terminate());
  return { done, cancel: () => cancel() };
}
