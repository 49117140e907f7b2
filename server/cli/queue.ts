import { overview, type SweepFacts } from '../queue/overview.ts';
import type { Wish } from '../queue/wishes.ts';
import { defineCommand, UsageError } from './command.ts';
import { QUEUE_OPTIONS } from './queueOptions.ts';

const WISH_OPTION = { type: 'text', placeholder: 'SWEEP' } as const;

export const command = defineCommand({
  options: {
    redis: { ...QUEUE_OPTIONS.redis, required: true },
    pause: {
      ...WISH_OPTION,
      help: 'Its trainings are saved and let go; the workers do others meanwhile.',
    },
    resume: { ...WISH_OPTION, help: 'A paused sweep goes on.' },
    stop: {
      ...WISH_OPTION,
      help: 'Its trainings are saved and its command ends; the same command goes on.',
    },
  },
  async run({ options, say }) {
    const { redis, pause, resume, stop } = options;
    const asked = Object.entries({ pause, run: resume, stop }).flatMap(([wish, sweep]) =>
      sweep === undefined ? [] : [{ wish: wish as Wish, sweep }],
    );
    if (asked.length > 1)
      throw new UsageError('--pause, --resume and --stop exclude one another; accepted: one');
    const { nodes, sweeps } = await overview(redis, say, asked[0]);
    const workers = nodes.filter(({ role }) => role === 'worker');
    return {
      json: { workers, sweeps },
      text: [
        `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`,
        ...workers.map(({ host, pid, slots }) => `  ${host}, process ${pid}: ${slots} at once`),
        `${sweeps.length} ${sweeps.length === 1 ? 'sweep' : 'sweeps'}`,
        ...sweeps.flatMap(linesOf),
      ].join('\n'),
    };
  },
});

const STATES = { run: 'runs', pause: 'is paused', stop: 'is stopped' };

const linesOf = ({ name, wanted, isAttended, waiting, active, done }: SweepFacts) => [
  `  ${name} ${STATES[wanted]}: ${active.length} in progress, ${waiting} waiting, ${done} to be fetched${isAttended ? '' : '; its command is not there'}`,
  ...active.map(
    ({ name: training, steps, envSteps, host }) =>
      `    ${training}: ${envSteps} of ${steps} steps${host ? ` on ${host}` : ''}`,
  ),
];
