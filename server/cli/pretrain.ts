import type { MetricPoint } from '../../shared/metrics.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { CLONING_SETTINGS, cloneUntil } from '../learning/cloning/recipes.ts';
import { RECIPE_IDS, RECIPES, type RecipeId } from '../learning/cloning/shippedRecipes.ts';
import { PolicySession } from '../learning/session.ts';
import { cloneProgress } from './cloneProgress.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { KeptWork } from './keptWork.ts';
import { checkLevels, LEVELS_OPTION, proveMadeLevels } from './levelOption.ts';
import { followRecipe } from './pretrainRecipe.ts';
import {
  checkUpdateCost,
  parseSettings,
  policyAskedFor,
  TRAINING_OPTIONS,
} from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    levels: {
      ...LEVELS_OPTION,
      help: 'Level ids to learn at the same time; one named twice gets twice the worlds.',
    },
    recipe: {
      type: 'text',
      help: `Instead of all that: makes a shipped policy anew, from nothing and stage by stage. ${RECIPE_IDS.map((id) => `${id}: ${RECIPES[id].help}`).join(' ')}`,
      choices: RECIPE_IDS,
    },
    share: {
      type: 'number',
      help: 'Of a recipe: only this share of the steps of each stage, to try it.',
      default: 1,
      min: 1e-9,
      max: 1,
    },
    'allow-impossible': {
      type: 'flag',
      help: 'Learn from a mission made by hand even where the bot never solves it.',
    },
    episodes: {
      type: 'integer',
      help: 'Episodes to watch, all levels together.',
      min: 1,
    },
    steps: {
      type: 'integer',
      help: 'Environment steps to learn for, instead of --episodes: the same on every machine.',
      min: 1,
    },
    seconds: {
      type: 'integer',
      help: 'Seconds to learn for, instead of --episodes.',
      min: 1,
    },
    init: {
      type: 'text',
      help: 'What to start from.',
      placeholder: 'FILE|NAME|scratch',
      default: 'scratch',
      path: 'read',
    },
    out: {
      type: 'text',
      help: 'Where to save the policy. The newest is kept beside it meanwhile.',
      placeholder: 'FILE',
      required: true,
      path: 'written',
      replaces: ['init'],
      goesOnBy: 'init',
    },
    ...TRAINING_OPTIONS,
  },
  async run({ options, given, say }) {
    const { recipe, levels } = options;
    if (recipe !== undefined) {
      const idle = [...given].find((name) => DECIDED_BY_RECIPE.has(name));
      if (idle !== undefined) throw new UsageError(`--${idle} is what --recipe ${recipe} decides`);
      const settings = parseSettings(options.set);
      return followRecipe({ ...options, recipe: recipe as RecipeId, settings }, say);
    }
    if (given.has('share')) throw new UsageError('--share needs --recipe');
    if (levels === undefined)
      throw new UsageError('--levels is missing; accepted: that or --recipe');
    checkLevels(levels);
    const amount = amountOf(options);
    await proveMadeLevels({ levels }, options['allow-impossible'], say);
    const { policy, preset } = await policyAskedFor(options, given);
    const settings = { ...CLONING_SETTINGS, ...parseSettings(options.set) };
    const compute = { engine: options.engine, workers: options.workers };
    checkUpdateCost({ policy, preset, settings, ...compute }, say);
    const session = await PolicySession.create({
      mode: 'clone',
      levelId: levels[0],
      levelIds: levels,
      init: options.init,
      ...{ policy, preset },
      seed: options.seed,
      settings,
      rewards: DEFAULT_REWARDS,
      ...compute,
      runId: 'cli',
    });
    const interrupts = new Interrupts(say);
    const kept = new KeptWork(options.out, (file) => session.export(file), say);
    try {
      const done = (point: MetricPoint) =>
        interrupts.signal ? 1 : amount.of(point) / amount.wanted;
      const progress = cloneProgress(
        session,
        kept,
        say,
        ({ episodes, envSteps, seconds }) =>
          `${episodes}${amount.told('episodes')} episodes, ${envSteps}${amount.told('steps')} steps, ${seconds.toFixed(0)}${amount.told('seconds')} s`,
      );
      const point = await cloneUntil(session, settings.learningRate, done, progress);
      if (interrupts.signal) {
        const isSaved = await kept.save();
        const left = Math.max(1, Math.round(amount.wanted - amount.of(point)));
        const rest = `--${amount.name} ${left}`;
        say(
          isSaved
            ? `Stopped after ${point.episodes} episodes and saved in ${kept.file}. To go on: pretrain --init ${kept.file} ${rest} --out ${options.out} and the same levels`
            : `Stopped after ${point.episodes} episodes; nothing could be saved`,
        );
        return {
          json: {
            levels,
            episodes: point.episodes,
            interrupted: interrupts.signal,
            ...(isSaved ? { kept: kept.file } : {}),
          },
          exitCode: interrupts.exitCode,
        };
      }
      const { weightsHash, bytes } = await session.export(options.out);
      await kept.finish();
      // The accuracies of the last update are of the weights before and during it.
      const { actionAccuracy, goalAccuracy } = await session.measureCloning();
      return {
        json: {
          levels,
          ...session.nature,
          episodes: point.episodes,
          steps: point.envSteps,
          seconds: Math.round(point.seconds),
          actionAccuracy,
          goalAccuracy,
          engine: session.engine.name,
          workers: session.engine.workers,
          parameters: session.parameters,
          weightsHash,
          bytes,
          out: options.out,
        },
      };
    } finally {
      interrupts.dispose();
      await session.dispose();
    }
  },
});

/** Options that a recipe leaves no choice of. */
const DECIDED_BY_RECIPE: ReadonlySet<string> = new Set([
  ...['levels', 'episodes', 'steps', 'seconds', 'allow-impossible'],
  ...['preset', 'policy', 'seed'],
]);

const AMOUNTS = {
  episodes: ({ episodes }: MetricPoint) => episodes,
  steps: ({ envSteps }: MetricPoint) => envSteps,
  seconds: ({ seconds }: MetricPoint) => seconds,
};
type AmountName = keyof typeof AMOUNTS;

/** How much is to be learnt, in the one unit that was asked for. */
function amountOf(options: Partial<Record<AmountName, number>>) {
  const [name, ...others] = (Object.keys(AMOUNTS) as AmountName[]).filter(
    (unit) => options[unit] !== undefined,
  );
  if (name === undefined || others.length > 0)
    throw new UsageError(
      'one of --episodes, --steps and --seconds is needed, and no more than one',
    );
  const wanted = options[name] as number;
  return {
    ...{ name, wanted, of: AMOUNTS[name] },
    /** " of 100" beside that unit, nothing beside others. */
    told: (unit: AmountName) => (unit === name ? ` of ${wanted}` : ''),
  };
}
