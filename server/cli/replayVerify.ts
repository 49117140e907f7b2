import type { ReplayVerdict } from '../../envs/replay.ts';
import { verifyReplay } from '../tasks/index.ts';
import { defineCommand } from './command.ts';
import { readReplay } from './replayFile.ts';

export const command = defineCommand({
  options: {},
  operands: { name: 'FILE', help: 'Replay files.', min: 1, max: 10_000 },
  run({ operands }) {
    const files = operands.map((file) => ({ file, ...verdictOf(file) }));
    const ok = files.every((verdict) => verdict.ok);
    return {
      json: { ok, steps: files.reduce((sum, { steps }) => sum + steps, 0), files },
      text: files
        .map(({ file, ok, steps, difference }) =>
          ok
            ? `${file}: ${steps} steps, every state and reward as recorded`
            : difference?.startsWith(file)
              ? difference
              : `${file}: ${difference}`,
        )
        .join('\n'),
      exitCode: ok ? 0 : 1,
    };
  },
});

/** A file that cannot be read does not hide what is found in the others. */
function verdictOf(file: string): ReplayVerdict {
  try {
    return verifyReplay(readReplay(file));
  } catch (error) {
    return { ok: false, steps: 0, difference: (error as Error).message };
  }
}
