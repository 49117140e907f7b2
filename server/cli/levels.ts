import type { LevelSummary } from '../../shared/protocol.ts';
import { rewriteDifficulty } from '../bench/difficulty.ts';
import { allLevels } from '../tasks/index.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {
    sort: {
      type: 'text',
      help: 'Order of the list: by family, by the skill, by the world, or by the steps that the bot needs.',
      choices: ['family', 'skill', 'world', 'difficulty'],
      default: 'family',
    },
    measure: {
      type: 'flag',
      help: 'Let the bot play 200 episodes of every level first, and write the means into envs/levels/difficulty.ts.',
    },
  },
  run({ options, say }) {
    if (options.measure) {
      const file = rewriteDifficulty(200, say);
      return { json: { file }, text: `${file} is written; it holds from the next start on.` };
    }
    const levels = sorted(allLevels(), options.sort);
    const rows = levels.map(({ id, skill, world, difficulty, example }) => [
      id,
      skill,
      world,
      difficulty === null ? '–' : difficulty.toFixed(1),
      example,
    ]);
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const line = (row: string[]) =>
      row
        .map((cell, column) =>
          column === 3 ? cell.padStart(widths[3]) : cell.padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd();
    return { json: { levels }, text: rows.map(line).join('\n') };
  },
});

/** Equal ones stay in the order of the families. */
function sorted(levels: LevelSummary[], by: 'family' | 'skill' | 'world' | 'difficulty') {
  if (by === 'family') return levels;
  if (by === 'difficulty')
    return levels.sort((a, b) => (a.difficulty ?? Infinity) - (b.difficulty ?? Infinity));
  const order = [...new Set(levels.map((level) => level[by]))];
  return levels.sort((a, b) => order.indexOf(a[by]) - order.indexOf(b[by]));
}
