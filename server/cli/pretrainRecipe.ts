import { type EngineChoice, settingsFor, type TrainSettings } from '../../shared/config.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import { percent } from '../../shared/percent.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { CLONING_SETTINGS, cloneUntil, rateAt } from '../learning/cloning/recipes.ts';
import {
  RECIPES,
  type Recipe,
  type RecipeId,
  type Stage,
} from '../learning/cloning/shippedRecipes.ts';
import { scheduledRate } from '../learning/ppo/schedule.ts';
import { PolicySession } from '../learning/session.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { cloneProgress } from './cloneProgress.ts';
import { type CommandResult, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { KeptWork } from './keptWork.ts';
import { checkUpdateCost } from './trainingOptions.ts';

export interface RecipeOptions {
  recipe: RecipeId;
  /** Share of every stage's steps. */
  share: number;
  /** `scratch`, or the file that an interrupted recipe kept. */
  init: string;
  out: string;
  engine: EngineChoice;
  workers: number;
  /** Settings that are to be others than the recipe's. */
  settings: Partial<TrainSettings>;
}

/** Where a recipe stands. */
interface Standing {
  /** Index of the stage. */
  stage: number;
  /** Steps of it that are done. */
  steps: number;
}

/**
 * Makes a shipped policy from nothing, stage by stage, or goes on where that was interrupted.
 * @param stages what its recipe says, but for tests
 */
export async function followRecipe(
  options: RecipeOptions,
  say: (line: string) => void,
  stages: Recipe = RECIPES[options.recipe],
): Promise<CommandResult> {
  const { recipe: id, share, out } = options;
  const recipe: Recipe = withRate(stages, options.settings.learningRate);
  const all = recipe.stages.map(({ steps }) => Math.ceil(steps * share));
  let standing =
    options.init === 'scratch' ? { stage: 0, steps: 0 } : await standingOf(options, all);
  let { init } = options;
  const interrupts = new Interrupts(say);
  try {
    for (;;) {
      const isLast = standing.stage === all.length - 1;
      const session = await sessionOf(recipe, standing, all[standing.stage], init, options, say);
      const kept = new KeptWork(out, (file) => session.export(file), say);
      try {
        const steps = await learn(
          session,
          recipe,
          standing,
          all[standing.stage],
          interrupts,
          kept,
          say,
        );
        if (interrupts.signal || !isLast) {
          const isSaved = await kept.save();
          if (interrupts.signal) return interrupted(options, kept.file, isSaved, interrupts, say);
          if (!isSaved || kept.file === undefined)
            throw new Error(
              `stage ${standing.stage + 1} of ${id} could not be saved beside ${out}`,
            );
          init = kept.file;
          standing = { stage: standing.stage + 1, steps: 0 };
          continue;
        }
        const { weightsHash, bytes } = await session.export(out);
        await kept.finish();
        const { actionAccuracy, goalAccuracy } = await session.measureCloning();
        const { parameters, engine, nature } = session;
        return {
          json: {
            ...{ recipe: id, share, stages: all.length, ...nature },
            steps: all.slice(0, -1).reduce((sum, count) => sum + count, steps),
            ...{ actionAccuracy, goalAccuracy, engine: engine.name, workers: engine.workers },
            ...{ parameters, weightsHash, bytes, out },
          },
        };
      } finally {
        await session.dispose();
      }
    }
  } finally {
    interrupts.dispose();
  }
}

/** The same stages with another learning rate, where one is asked for. */
const withRate = (recipe: Recipe, learningRate: number | undefined): Recipe =>
  learningRate === undefined
    ? recipe
    : { ...recipe, stages: recipe.stages.map((stage) => ({ ...stage, learningRate })) };

function sessionOf(
  { stages, sizes }: Recipe,
  { stage, steps }: Standing,
  of: number,
  init: string,
  { recipe, share, engine, workers, settings: others }: RecipeOptions,
  say: (line: string) => void,
): Promise<PolicySession> {
  const { levels, seed, from } = stages[stage];
  const settings = {
    ...(from === 'itself' ? OWN_TRIES : CLONING_SETTINGS),
    ...others,
    ...rateOf(stages[stage], { ...OWN_TRIES, ...others }, steps, of),
  };
  const costly = { policy: 'hrm', preset: 'nano', sizes, settings, engine, workers } as const;
  checkUpdateCost(costly, say);
  return PolicySession.create({
    mode: from === 'itself' ? 'self-cloning' : 'clone',
    ...{ levelId: levels[0], levelIds: [...levels], init, ...costly },
    ...{ rewards: DEFAULT_REWARDS, runId: 'cli' },
    // Going on with the same seed would show the same worlds again.
    seed: seed + (steps > 0 ? 1000 + steps : 0),
    // Files know stages by their place in the recipe, not by where they lay on some machine.
    stage: {
      ...{ recipe, stage: stage + 1, share, stepsBefore: steps },
      init: stage === 0 && steps === 0 ? 'scratch' : `stage ${steps > 0 ? stage + 1 : stage}`,
    },
  });
}

const OWN_TRIES: TrainSettings = { ...settingsFor('default', 'self-cloning'), evalEvery: 0 };

/** The learning rate of a stage after some of its steps, and how it goes on falling. @param tries settings of own tries */
function rateOf(
  { from, learningRate }: Stage,
  { coolDown }: TrainSettings,
  steps: number,
  of: number,
): Pick<TrainSettings, 'learningRate'> & Partial<TrainSettings> {
  if (from !== 'itself') return { learningRate: rateAt(learningRate, steps / of) };
  const now = scheduledRate({ learningRate, coolDown }, steps);
  // It falls as steeply as before; only its end, a tenth of where it begins, is a little lower.
  return { learningRate: now, coolDown: (coolDown * now) / learningRate };
}

/** Returns the steps of the stage that are done then. */
async function learn(
  session: PolicySession,
  { stages }: Recipe,
  { stage, steps: before }: Standing,
  of: number,
  interrupts: Interrupts,
  kept: KeptWork,
  say: (line: string) => void,
): Promise<number> {
  let said = 0;
  const share = ({ envSteps }: { envSteps: number }) =>
    interrupts.signal ? 1 : (before + envSteps) / of;
  const { from, learningRate, levels } = stages[stage];
  const standing = ({ envSteps, seconds }: MetricPoint) =>
    `stage ${stage + 1} of ${stages.length}: ${before + envSteps} of ${of} steps, ${seconds.toFixed(0)} s`;
  const end =
    from === 'itself'
      ? await tryUntil(session, share, async (point, done) => {
          if (done >= 1 || point.seconds - said >= 10) {
            said = point.seconds;
            const success = percent(point.values.success ?? 0);
            say(`${standing(point)}: ${success} of its first tries in ${levels[0]} succeed`);
          }
          if (done < 1) await kept.saveWhenDue();
        })
      : await cloneUntil(session, learningRate, share, cloneProgress(session, kept, say, standing));
  return before + end.envSteps;
}

/** Learns from its own best tries until so much is done; the cool-down is the session's. */
async function tryUntil(
  session: PolicySession,
  shareDone: (point: MetricPoint) => number,
  onUpdate: (point: MetricPoint, share: number) => Promise<void>,
): Promise<MetricPoint> {
  for (;;) {
    const { point } = await session.update();
    const share = shareDone(point);
    await onUpdate(point, share);
    if (share >= 1) return point;
  }
}

function interrupted(
  { recipe, share }: RecipeOptions,
  file: string | undefined,
  isSaved: boolean,
  { signal, exitCode }: Interrupts,
  say: (line: string) => void,
): CommandResult {
  say(
    isSaved
      ? `Stopped, and saved in ${file}. To go on: pretrain --recipe ${recipe} --init ${file} with the same --out${share === 1 ? '' : ` and --share ${share}`}`
      : 'Stopped; nothing could be saved',
  );
  return { json: { recipe, interrupted: signal, ...(isSaved ? { kept: file } : {}) }, exitCode };
}

/** Where the recipe stands that a file was made by; a UsageError where it is none of this recipe's. */
async function standingOf(
  { recipe, share, init }: RecipeOptions,
  all: readonly number[],
): Promise<Standing> {
  const { history } = await readPolicy(init);
  const last = history.at(-1) ?? {};
  if (last.recipe !== recipe || last.share !== share)
    throw new UsageError(
      `--init is ${init}, which was not made by --recipe ${recipe}${share === 1 ? '' : ` --share ${share}`}; accepted: scratch, or the file that this recipe kept when it was interrupted`,
    );
  const stage = Number(last.stage) - 1;
  const steps = Number(last.stepsBefore) + Number(last.envSteps);
  if (steps < all[stage]) return { stage, steps };
  if (stage + 1 < all.length) return { stage: stage + 1, steps: 0 };
  throw new UsageError(`--init is ${init}, which is the finished policy of --recipe ${recipe}`);
}
