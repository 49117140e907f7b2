import { doctor } from '../engine/choose.ts';
import { PRESETS } from '../policy/presets.ts';
import { workloadOf } from '../policy/workload.ts';
import { defineBench } from './benchCommand.ts';

export const command = defineBench({
  options: {},
  async run({ say }) {
    say('Trying every engine; compiling for the first time can take a minute.');
    const { engines, choice, cache } = await doctor({ workload: workloadOf(PRESETS.nano) });
    const lines = engines.map(({ name, ok, reason, description, samplesPerSecond, whatToDo }) =>
      [
        `${ok ? 'works' : 'no   '}  ${name}`,
        ok ? `${Math.round(samplesPerSecond)} training samples/s` : '',
        description,
        reason,
        whatToDo && `to do: ${whatToDo}`,
      ]
        .filter(Boolean)
        .join(' · '),
    );
    const remembered = `Remembered in ${cache}; this command measures anew, \`--engine\` overrides.`;
    return {
      json: { engines, choice, cache },
      text: [...lines, '', `Runs use ${choice.name}: ${choice.reason}`, remembered].join('\n'),
    };
  },
});
