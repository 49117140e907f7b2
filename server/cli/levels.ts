import { levelSummaries } from '../runs/levels.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {},
  run() {
    const levels = levelSummaries();
    const width = Math.max(...levels.map(({ id }) => id.length));
    return {
      json: { levels },
      text: levels.map(({ id, example }) => `${id.padEnd(width)}  ${example}`).join('\n'),
    };
  },
});
