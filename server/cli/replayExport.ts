import path from 'node:path';
import { LAYERS, MAX_CELL_PX, MIN_CELL_PX, PictureError } from '../../envs/render/film.ts';
import { exportEpisode, PICTURE_FORMATS } from '../export/pictures/exportEpisode.ts';
import { defineCommand, UsageError } from './command.ts';
import { readReplay } from './replayFile.ts';

const ENDINGS = PICTURE_FORMATS.map((format) => `.${format}`).join(', ');

export const command = defineCommand({
  options: {
    out: {
      type: 'text',
      help: `Where to: a file that ends in ${ENDINGS}.`,
      placeholder: 'FILE',
      required: true,
      path: 'written',
      check: (file) =>
        (PICTURE_FORMATS as readonly string[]).includes(path.extname(file).slice(1).toLowerCase())
          ? undefined
          : `accepted: a file that ends in ${ENDINGS}`,
    },
    step: {
      type: 'integer',
      help: 'Only the frame after this many steps; a PNG without it shows the first.',
      min: 0,
    },
    fps: { type: 'number', help: 'Steps a second.', min: 0.5, max: 50, default: 6 },
    hold: {
      type: 'number',
      help: 'Seconds for which the last frame stays.',
      min: 0.1,
      max: 60,
      default: 2,
    },
    cell: {
      type: 'integer',
      help: "Pixels of a cell's side; by default so that the picture is about 640 wide.",
      min: MIN_CELL_PX,
      max: MAX_CELL_PX,
    },
    layers: {
      type: 'list',
      help: `What is drawn beside world and agent: ${LAYERS.join(', ')}, or none; by default all.`,
      choices: [...LAYERS, 'none'],
      default: [...LAYERS],
    },
  },
  operands: { name: 'FILE', help: 'A replay file.', min: 1, max: 1 },
  async run({ options, operands, given, say }) {
    const began = performance.now();
    const isStill = options.step !== undefined || /\.png$/i.test(options.out);
    for (const name of ['fps', 'hold'])
      if (isStill && given.has(name))
        throw new UsageError(`--${name} has no effect on a single frame; accepted: without it`);
    if (options.layers.includes('none') && options.layers.length > 1)
      throw new UsageError(
        `--layers is "${options.layers.join(',')}"; accepted: none, or some of ${LAYERS.join(', ')}`,
      );
    const replay = readReplay(operands[0]);
    let said = began;
    const exported = await exportEpisode(replay, options.out, {
      cell: options.cell,
      layers: LAYERS.filter((layer) => options.layers.includes(layer)),
      step: options.step,
      framesPerSecond: options.fps,
      lastSeconds: options.hold,
      onProgress(done, all) {
        if (performance.now() - said < 1000) return;
        said = performance.now();
        say(`${done} of ${all} frames`);
      },
    }).catch((error: Error) => {
      if (error instanceof PictureError) throw new UsageError(error.message);
      throw error;
    });
    const seconds = Number(((performance.now() - began) / 1000).toFixed(3));
    return { json: { ...exported, seconds, out: options.out } };
  },
});
