import { verifyReplay } from '../tasks/index.ts';
import { defineCommand } from './command.ts';
import { readReplay } from './replayFile.ts';

export const command = defineCommand({
  options: {},
  operands: { name: 'FILE', help: 'Replay files.', min: 1, max: 10_000 },
  run({ operands }) {
    const files = operands.map((file) => ({ file, ...verifyReplay(readReplay(file)) }));
    const ok = files.every((verdict) => verdict.ok);
    return {
      json: { ok, steps: files.reduce((sum, { steps }) => sum + steps, 0), files },
      text: files
        .map(({ file, ok, steps, difference }) =>
          ok ? `${file}: ${steps} steps, every state as recorded` : `${file}: ${difference}`,
        )
        .join('\n'),
      exitCode: ok ? 0 : 1,
    };
  },
});
