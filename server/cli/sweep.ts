import { percent } from '../../shared/percent.ts';
import { readSweep, SweepError, type SweepPlan } from '../sweeps/plan.ts';
import { Sweep } from '../sweeps/sweep.ts';
import { memberTrainer, settingsOfMember } from '../sweeps/trainMember.ts';
import { fullLevelId } from '../tasks/index.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { readJsonFile } from './jsonFile.ts';
import { checkLevel } from './levelOption.ts';
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
  },
  operands: {
    name: 'FILE',
    help: 'JSON: levels, policies, rewards, settings and seeds to combine, steps, and how to search; see server/sweeps/README.md',
    min: 1,
    max: 1,
  },
  async run({ options, operands, say }) {
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
      const train = memberTrainer(plan, compute, () => interrupts.signal !== undefined);
      const { configurations, seeds, rungs } = plan;
      say(
        `${configurations.length} configurations, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} each, tested after ${rungs.join(', ')} steps`,
      );
      const result = await new Sweep(plan, options.out, train, say).run();
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
        exitCode: result.interrupted ? interrupts.exitCode : best ? 0 : 1,
      };
    } finally {
      interrupts.dispose();
    }
  },
});

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
