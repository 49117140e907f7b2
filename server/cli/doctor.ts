import { doctor } from '../engine/choose.ts';
import { compileNative } from '../engine/compile.ts';
import { PRESETS } from '../policy/presets.ts';
import { workloadOf } from '../policy/workload.ts';
import { type Finding, reach } from '../queue/reach.ts';
import { defineBench } from './benchCommand.ts';
import { UsageError } from './command.ts';
import { QUEUE_OPTIONS } from './queueOptions.ts';

export const command = defineBench({
  options: {
    native: {
      type: 'flag',
      help: 'First build the matrix product for this processor with the C compiler. A checkout does so by itself; an installed package only when told.',
    },
    redis: {
      ...QUEUE_OPTIONS.redis,
      help: `Whether this machine can take part in a queue, instead of engines. ${QUEUE_OPTIONS.redis.help}`,
    },
    storage: QUEUE_OPTIONS.storage,
  },
  async run({ options, say }) {
    const { redis, storage } = options;
    if (redis !== undefined || storage !== undefined) {
      if (options.native)
        throw new UsageError(
          '--native has no effect with --redis and --storage, which test no engine',
        );
      return reachable(await reach(redis, storage));
    }
    if (options.native && !(await compileNative(true)))
      throw new UsageError(
        '--native: there is no C compiler (cc) here, or it failed; engines work without.',
      );
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

function reachable(findings: readonly Finding[]) {
  const ok = findings.every((finding) => finding.ok);
  return {
    json: { ok, reach: findings },
    text: findings
      .map(({ what, ok: isFine, found }) => `${isFine ? 'works' : 'no   '}  ${what} · ${found}`)
      .join('\n'),
    exitCode: ok ? 0 : 1,
  };
}
