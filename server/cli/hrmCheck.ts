import { runHrmCheck } from '../policy/paper/index.ts';
import { defineCommand, UsageError } from './command.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: { engine: COMPUTE_OPTIONS.engine },
  operands: {
    name: 'DIR',
    help: 'Folder with the recordings: hrm/, and trm/ where present.',
    min: 1,
    max: 1,
  },
  async run({ options, operands, say }) {
    const report = await runHrmCheck(operands[0], options).catch((error: Error) => {
      throw new UsageError(error.message);
    });
    const { passed, failed, maxAbsError, maxGradError, maxChainError, failures, engine } = report;
    for (const { file, what } of failures.slice(0, 20)) say(`${file}: ${what}`);
    return {
      json: {
        passed,
        failed,
        maxAbsError,
        maxGradError,
        maxChainError,
        failures: failures.slice(0, 50),
        engine,
      },
      exitCode: failed > 0 ? 1 : 0,
    };
  },
});
