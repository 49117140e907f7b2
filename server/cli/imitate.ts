import type { Replay } from '../../shared/replay.ts';
import { imitate } from '../learning/cloning/imitate.ts';
import { checkpointPath } from '../policy/policyFile.ts';
import { verifyReplay } from '../tasks/index.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { readReplay } from './replayFile.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    init: {
      type: 'text',
      help: 'What is taught: a checkpoint file, or a shipped one by name.',
      placeholder: 'FILE|NAME',
      path: 'read',
      default: 'default',
    },
    out: {
      type: 'text',
      help: 'File for the policy.',
      placeholder: 'FILE',
      required: true,
      path: 'written',
      replaces: ['init'],
    },
    passes: {
      type: 'integer',
      help: 'How often the demonstrations are gone through.',
      default: 12,
      min: 1,
      max: 10_000,
    },
    'learning-rate': {
      type: 'number',
      help: 'Step size of the optimiser.',
      default: 0.0005,
      min: 0,
      max: 0.01,
    },
    seed: { type: 'integer', help: 'Seed of the shuffles.', default: 1, min: 0 },
    engine: COMPUTE_OPTIONS.engine,
  },
  operands: {
    name: 'FILE',
    help: 'replays to imitate, such as recordings of episodes that a person played',
    min: 1,
    max: 10_000,
  },
  async run({ options, operands, say }) {
    const demonstrations = operands.map(readDemonstration);
    const interrupts = new Interrupts(say);
    const result = await imitate({
      shouldStop: () => interrupts.signal !== undefined,
      init: checkpointPath(options.init),
      demonstrations,
      out: options.out,
      passes: options.passes,
      learningRate: options['learning-rate'],
      seed: options.seed,
      engine: options.engine,
      onPass: (pass, { likeliest, probability }) =>
        say(
          `pass ${pass}: ${(100 * likeliest).toFixed(0)} % of the actions are the likeliest, mean probability ${(100 * probability).toFixed(0)} %`,
        ),
    }).finally(() => interrupts.dispose());
    if (interrupts.signal)
      say(`Stopped after ${result.passes} of ${options.passes} passes; ${options.out} holds these`);
    return {
      json: { demonstrations: demonstrations.length, ...result, out: options.out },
      exitCode: interrupts.exitCode,
    };
  },
});

function readDemonstration(file: string): Replay {
  const replay = readReplay(file);
  const verdict = verifyReplay(replay);
  if (!verdict.ok)
    throw new UsageError(`${file} is not what the level does: ${verdict.difference}`);
  return replay;
}
