import { createFilm, type Film } from '../../../envs/render/film.ts';
import { encodeGif } from '../../../envs/render/gif.ts';
import { createStoryFilm } from '../../../envs/render/storyFilm.ts';
import type { FilmAnswer, FilmRequest, FilmSubject } from './filmJob.ts';

/** An episode's pace, as `replay export` has it; its last frame is looked at for longer. */
const STEP_SECONDS = 1 / 6;
const END_SECONDS = 2;

type TimedFilm = Film & { secondsOf(frame: number): number };

/** Makes one film, in a thread of its own; whoever started it ends it. */
addEventListener('message', ({ data }: MessageEvent<FilmRequest>) => {
  film(data).then(
    (bytes) => tell({ kind: 'done', bytes }),
    (error: Error) => tell({ kind: 'failed', message: error.message }),
  );
});

const tell = (answer: FilmAnswer) => postMessage(answer);

function filmOf(subject: FilmSubject): TimedFilm {
  if ('story' in subject) return createStoryFilm(subject.story);
  const drawn = createFilm(subject.replay);
  const isLast = (frame: number) => frame === drawn.count - 1;
  return { ...drawn, secondsOf: (frame) => (isLast(frame) ? END_SECONDS : STEP_SECONDS) };
}

function film({ format, ...subject }: FilmRequest): Promise<Uint8Array<ArrayBuffer>> {
  const made = filmOf(subject);
  const onFrame = (done: number) => tell({ kind: 'progress', done, all: made.count });
  if (format !== 'gif') return encodeVideo(made, format, onFrame);
  const wanted = Array.from({ length: made.count }, (_, i) => i);
  return encodeGif(made, wanted, made.secondsOf, onFrame).then((bytes) => new Uint8Array(bytes));
}

async function encodeVideo(
  made: TimedFilm,
  format: 'mp4' | 'webm',
  onFrame: (done: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const media = await import('mediabunny');
  const target = new media.BufferTarget();
  const output = new media.Output({
    format:
      format === 'mp4'
        ? new media.Mp4OutputFormat({ fastStart: 'in-memory' })
        : new media.WebMOutputFormat(),
    target,
  });
  const source = new media.VideoSampleSource({
    codec: format === 'mp4' ? 'avc' : 'vp9',
    bitrate: media.QUALITY_HIGH,
  });
  output.addVideoTrack(source);
  await output.start();
  let timestamp = 0;
  for (const { index, canvas } of made.frames()) {
    const duration = made.secondsOf(index);
    const sample = new media.VideoSample(new Uint8Array(canvas.pixels), {
      ...{ format: 'RGBA', codedWidth: made.width, codedHeight: made.height },
      ...{ timestamp, duration },
    });
    await source.add(sample);
    sample.close();
    timestamp += duration;
    onFrame(index + 1);
  }
  await output.finalize();
  if (!target.buffer) throw new Error('the encoder gave nothing');
  return new Uint8Array(target.buffer);
}
