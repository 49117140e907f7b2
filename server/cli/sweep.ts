import path from 'node:path';
import type { EngineChoice } from '../../shared/config.ts';
import { percent } from '../../shared/percent.ts';
import { defaultWorkers } from '../learning/workers/group.ts';
import { Farm } from '../queue/farm.ts';
import { readSweep, SweepError, type SweepPlan } from '../sweeps/plan.ts';
import { Sweep } from '../sweeps/sweep.ts';
import { memberTrainer, settingsOfMember } from '../sweeps/trainMember.ts';
import { fullLevelId } from '../tasks/index.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { readJsonFile } from './jsonFile.ts';
import { checkLevel } from './levelOption.ts';
import { QUEUE_OPTIONS, type QueuePlace, queuePlace } from './queueOptions.ts';
import { COMPUTE_OPTIONS, checkUpdateCost } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    out: {
      type: 'text',
      help: 'Folder for what is trained, and for what is needed to go on: the same command goes on after anything.',
      placeholder: 'FOLDER',
      path: 'folder',
      required: true,
    },
    ...COMPUTE_OPTIONS,
    redis: {
      ...QUEUE_OPTIONS.redis,
      help: `Train on all workers of a queue (see worker), not here. ${QUEUE_OPTIONS.redis.help}`,
    },
    storage: QUEUE_OPTIONS.storage,
  },
  operands: {
    name: 'FILE',
    help: 'JSON: levels, policies, rewards, settings and seeds to combine, steps, and how to search; see server/sweeps/README.md',
    min: 1,
    max: 1,
  },
  async run({ options, operands, given, say }) {
    const place = queuePlace(options);
    if (place && given.has('engine'))
      throw new UsageError('--engine has no effect with --redis: each worker has its own');
    const plan = await planIn(operands[0]);
    const interrupts = new Interrupts(say);
    try {
      const compute = { engine: options.engine, workers: options.workers };
      for (const { name, policy, settings: own } of plan.configurations) {
        const settings = settingsOfMember(plan, own);
        const { preset } = plan;
        checkUpdateCost({ policy, preset, settings, ...compute }, (line) =>
          say(`${name}: ${line}`),
        );
      }
      const { configurations, seeds, rungs } = plan;
      say(
        `${configurations.length} configurations, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} each, tested after ${rungs.join(', ')} steps`,
      );
      const result = await trained(
        { plan, out: options.out, compute, title: path.parse(operands[0]).name, place },
        () => interrupts.signal !== undefined,
        say,
      );
      const rows = result.groups.map(
        ({ name, seeds: count, envSteps, success, ci95, range, stopped }) =>
          `${percent(success).padStart(7)} (${percent(ci95[0])} to ${percent(ci95[1])}) after ${envSteps} steps · ${name}${count > 1 ? ` · ${count} seeds, ${percent(range[0])} to ${percent(range[1])}` : ''}${stopped ? ` · ${stopped}` : ''}`,
      );
      const { best } = result;
      const end = best
        ? `Best: ${best.name}, seed ${best.seed}: ${percent(best.success)} on fresh seeds; its policy is ${best.file}`
        : 'None went the whole way.';
      const more = result.interrupted ? ['Stopped; the same command goes on.'] : [];
      return {
        json: { ...result },
        text: [...rows, '', end, ...more].join('\n'),
        exitCode: result.interrupted ? interrupts.exitCode || 1 : best ? 0 : 1,
      };
    } finally {
      interrupts.dispose();
    }
  },
});

interface Order {
  plan: SweepPlan;
  out: string;
  title: string;
  compute: { engine: EngineChoice; workers: number };
  /** Where it is trained; here, unless given. */
  place?: QueuePlace;
}

async function trained(
  { plan, out, title, compute, place }: Order,
  isStopped: () => boolean,
  say: (line: string) => void,
) {
  if (!place) return new Sweep(plan, out, memberTrainer(plan, compute, isStopped), say).run();
  // Results depend on the number of threads, so it must not depend on who trains.
  const workers = compute.workers || defaultWorkers();
  const farm = await Farm.open({ ...place, plan, out, title, workers, isStopped, say });
  say(`in the queue it is ${farm.sweep}`);
  let isOver = false;
  try {
    const result = await new Sweep(plan, out, farm.train, say).run(farm);
    isOver = !result.interrupted;
    return result;
  } finally {
    await farm.close(isOver);
  }
}

/** Throws a UsageError that names the file and the field. */
async function planIn(file: string): Promise<SweepPlan> {
  const input = await readJsonFile(
    file,
    (what) => new UsageError(`${file} ${what}; accepted: JSON`),
  );
  try {
    return readSweep(input, (level) => {
      const id = fullLevelId(level);
      const wrong = checkLevel(id);
      if (wrong) throw new SweepError(`levels has "${level}"; ${wrong}`);
      return id;
    });
  } catch (error) {
    if (error instanceof SweepError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}
