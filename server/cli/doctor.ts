import { doctor } from '../engine/index.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {},
  async run({ say }) {
    say('Trying every engine; compiling for the first time can take a minute.');
    const { engines, choice } = await doctor();
    const lines = engines.map(({ name, ok, reason, samplesPerSecond, whatToDo }) =>
      [
        `${ok ? 'works' : 'no   '}  ${name}`,
        samplesPerSecond === undefined ? '' : `${Math.round(samplesPerSecond)} samples/s`,
        reason,
        ok ? '' : whatToDo,
      ]
        .filter(Boolean)
        .join(' · '),
    );
    return {
      json: { engines, choice },
      text: [...lines, '', `Runs use ${choice.name}: ${choice.reason}`].join('\n'),
    };
  },
});
