import { existsSync } from 'node:fs';
import { runConformance } from '../conformance/index.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkLevel } from './levelOption.ts';

const SHOWN_FAILURES = 20;

export const command = defineCommand({
  options: {
    level: {
      type: 'text',
      help: 'Only the rows of this level.',
      placeholder: 'ID',
      check: checkLevel,
    },
  },
  operands: {
    name: 'DIR',
    help: 'Folder of recordings in the formats of envs/golden/README.md.',
    min: 1,
    max: 1,
  },
  run({ options, operands, say }) {
    const [dir] = operands;
    if (!existsSync(dir)) throw new UsageError(`there is no folder ${dir}`);
    const report = compared(() =>
      runConformance(dir, {
        levelId: options.level,
        onProgress: ({ file, passed, failed }) =>
          say(`${file}: ${passed} passed, ${failed} failed`),
      }),
    );
    const { release, passed, failed, failures } = report;
    return {
      json: { minigrid: release, passed, failed, failures },
      text: [
        ...failures
          .slice(0, SHOWN_FAILURES)
          .map(({ file, row, what }) => `${file} row ${row}: ${what}`),
        ...(failures.length > SHOWN_FAILURES
          ? [`… and ${failures.length - SHOWN_FAILURES} more`]
          : []),
        `${passed} passed, ${failed} failed, against Minigrid ${release}`,
      ].join('\n'),
      exitCode: failed > 0 ? 1 : 0,
    };
  },
});

/** Differences are counted; what is thrown is about the folder or its files. */
function compared<T>(compare: () => T): T {
  try {
    return compare();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
