import { encodeGif } from '../../../envs/render/gif.ts';
import { createStoryFilm, type TimedFilm } from '../../../envs/render/storyFilm.ts';
import type { FilmAnswer, FilmRequest } from './filmJob.ts';

/** Makes one film, in a thread of its own; whoever started it ends it. */
addEventListener('message', ({ data }: MessageEvent<FilmRequest>) => {
  film(data).then(
    (bytes) => tell({ kind: 'done', bytes }),
    (error: Error) => tell({ kind: 'failed', message: error.message }),
  );
});

const tell = (answer: FilmAnswer) => postMessage(answer);

function film({ story, format }: FilmRequest): Promise<Uint8Array<ArrayBuffer>> {
  const made = createStoryFilm(story);
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
