import { readFile, writeFile } from 'node:fs/promises';
import { foreignKind } from '../../shared/foreignFile.ts';
import { curvePlot, parseCurve } from '../bench/curvePlot.ts';
import { defineCommand, UsageError } from './command.ts';

export const command = defineCommand({
  options: {
    files: {
      type: 'list',
      help: 'What `train --json` printed, a file for each training.',
      placeholder: 'A,B',
      path: 'read',
      required: true,
    },
    plot: {
      type: 'text',
      help: 'Where to save the picture (SVG).',
      path: 'written',
      placeholder: 'FILE',
      required: true,
    },
  },
  async run({ options: { files, plot } }) {
    const curves = await Promise.all(files.map(readCurve));
    await writeFile(plot, curvePlot(curves));
    const count = curves.length === 1 ? '1 curve' : `${curves.length} curves`;
    return { json: { plot, trainings: curves.length }, text: `${count} in ${plot}` };
  },
});

async function readCurve(file: string) {
  try {
    const bytes = await readFile(file);
    const foreign = foreignKind(bytes.subarray(0, 512), 'json');
    if (foreign !== undefined) throw new Error(`is ${foreign}; accepted: what train --json prints`);
    // Its last line: what came before were other programs' words.
    return parseCurve(bytes.toString('utf8').trim().split('\n').at(-1) ?? '');
  } catch (error) {
    throw new UsageError(`--files: ${file}: ${(error as Error).message}`);
  }
}
