import { ATTACKS } from '../bench/load/attackers.ts';
import { benchAttacks } from '../bench/load/benchAttacks.ts';
import { defineCommand } from './command.ts';

const NAMES = Object.keys(ATTACKS);

export const command = defineCommand({
  options: {
    seconds: { type: 'number', help: 'Length of each attack.', default: 20, min: 1, max: 3600 },
    attacks: {
      type: 'list',
      help: `Which ones (default: all): ${NAMES.join(', ')}.`,
      placeholder: 'A,B',
      check: (value: string) =>
        NAMES.includes(value) ? undefined : `accepted: ${NAMES.join(', ')}`,
    },
  },
  async run({ options, say }) {
    const { seconds, attacks = NAMES } = options;
    return { json: await benchAttacks({ seconds, attacks, onProgress: say }) };
  },
});
