import { writeFile } from 'node:fs/promises';
import { depthPlot, depthTable, depthText } from '../bench/depthTable.ts';
import { defineCommand, UsageError } from './command.ts';
import { GOALS_OPTION } from './evaluate.ts';
import { checkLevels, LEVELS_OPTION } from './levelOption.ts';
import { CHECKPOINT_OPTION, COMPUTE_OPTIONS } from './trainingOptions.ts';

/** Most Planner updates at once that anybody waits for. */
const DEEPEST = 64;

export const command = defineCommand({
  options: {
    checkpoint: { ...CHECKPOINT_OPTION, default: 'default' },
    levels: { ...LEVELS_OPTION, help: 'Level ids.', required: true },
    depths: {
      type: 'list',
      help: 'Planner updates each time it replans; 0 is the Doer alone. 0,1,2,4,8 where not given.',
      placeholder: '0,1,2',
    },
    episodes: {
      type: 'integer',
      help: 'Held-out episodes for each level and depth.',
      default: 200,
      min: 1,
      max: 100_000,
    },
    plot: {
      type: 'text',
      help: 'Where to save a picture of it (SVG).',
      placeholder: 'FILE',
      path: 'written',
    },
    goals: GOALS_OPTION,
    ...COMPUTE_OPTIONS,
  },
  async run({ options, say }) {
    checkLevels(options.levels);
    const depths = (options.depths ?? ['0', '1', '2', '4', '8']).map(depthOf);
    const { checkpoint, plot } = options;
    const rows = await depthTable({ ...options, depths, onProgress: say });
    if (plot) await writeFile(plot, depthPlot(rows));
    return { json: { checkpoint, rows, ...(plot ? { plot } : {}) }, text: depthText(rows) };
  },
});

function depthOf(text: string): number {
  const depth = Number(text);
  if (text.trim() === '' || !Number.isInteger(depth) || depth < 0 || depth > DEEPEST)
    throw new UsageError(`--depths has "${text}"; accepted: whole numbers from 0 to ${DEEPEST}`);
  return depth;
}
