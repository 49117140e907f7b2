import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { percent } from '../../shared/percent.ts';
import { ABLATION_IDS, ABLATIONS, DOERS, GOAL_MODES, PLANNERS } from '../../shared/play.ts';
import { evaluatePolicy } from '../learning/evaluation/evaluatePolicy.ts';
import { goalEndsText } from '../play/goalEnds.ts';
import { goalModeOf } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkSeeds, LEVEL_OPTION } from './levelOption.ts';
import { CHECKPOINT_OPTION, COMPUTE_OPTIONS } from './trainingOptions.ts';

/** A part of the policy to switch off, for commands that play episodes. */
export const ABLATE_OPTION = {
  type: 'text',
  help: `A part of the policy to switch off. ${ABLATION_IDS.map((id) => `${id}: ${ABLATIONS[id].help}`).join(' ')}`,
  choices: ABLATION_IDS,
  default: 'none',
} as const;

export const PLANNER_OPTION = {
  type: 'text',
  help: 'Who sets goals: the policy’s Planner, or the expert, which shows what the Doer can do.',
  choices: PLANNERS,
  default: 'own',
} as const;

export const DOER_OPTION = {
  type: 'text',
  help: 'Who acts: the policy’s Doer, or an exact walker to the announced target, which shows what the goals are worth.',
  choices: DOERS,
  default: 'own',
} as const;

export const GREEDY_OPTION = {
  type: 'flag',
  help: 'Take the likeliest actions instead of drawing them as in training; goals too, where --goals is not given.',
} as const;

/** For commands that play episodes. */
export const GOALS_OPTION = {
  type: 'text',
  help: 'How the Planner’s own goals, and when it thinks, are taken: sampled, as actions are, or the likeliest; by default sampled where the policy keeps a map and --greedy is not given.',
  choices: GOAL_MODES,
} as const;

/** How the policy is played, for commands that play episodes. */
export const PLAYED_OPTIONS = {
  depth: {
    type: 'integer',
    help: 'Planner updates each time it replans; by default as trained.',
    min: 1,
    max: 64,
  },
  ablate: ABLATE_OPTION,
  planner: PLANNER_OPTION,
  doer: DOER_OPTION,
  greedy: GREEDY_OPTION,
  goals: GOALS_OPTION,
} as const;

/** Throws a UsageError for what a Planner that is switched off makes meaningless. */
export function checkWithoutPlanner(ablate: string, given: ReadonlySet<string>): void {
  if (ablate !== 'withoutPlanner') return;
  for (const name of ['depth', 'override-goal'])
    if (given.has(name))
      throw new UsageError(
        `--${name} has no effect with --ablate withoutPlanner, which switches the Planner off`,
      );
}

export const command = defineCommand({
  options: {
    checkpoint: { ...CHECKPOINT_OPTION, required: true },
    level: LEVEL_OPTION,
    episodes: { type: 'integer', help: 'Episodes to play.', default: 500, min: 1, max: 1_000_000 },
    'seed-base': {
      type: 'integer',
      help: 'Seed of the first episode; the others follow.',
      default: EVAL_SEED_BASE,
      min: 0,
    },
    'override-goal': {
      type: 'text',
      help: 'Tell the Planner another goal at the start of each episode.',
      choices: ['other-object'],
    },
    ...PLAYED_OPTIONS,
    solvable: { type: 'flag', help: 'Also tell success on the seeds that the expert solves.' },
    ...COMPUTE_OPTIONS,
  },
  async run({ options, given, say }) {
    const { planner, doer } = options;
    checkWithoutPlanner(options.ablate, given);
    checkSeeds(options['seed-base'], options.episodes);
    if (planner === 'expert') {
      for (const [name, given] of [
        [`--goals ${options.goals}`, options.goals !== undefined],
        ['--override-goal', options['override-goal'] !== undefined],
        ['--ablate', options.ablate !== 'none'],
      ] as const)
        if (given)
          throw new UsageError(`${name} needs the Planner, whose goals --planner expert replaces`);
    }
    if (options.goals !== undefined && options.ablate === 'withoutPlanner')
      throw new UsageError(
        `--goals ${options.goals} needs the Planner, which --ablate withoutPlanner switches off`,
      );
    if (doer === 'exact' && options.ablate === 'withoutPlanner')
      throw new UsageError(
        '--doer exact needs the goals that --ablate withoutPlanner switches off',
      );
    const { config } = await readPolicy(options.checkpoint);
    const own = goalModeOf(config, options) ?? 'none';
    if (options.goals !== undefined && own === 'none')
      throw new UsageError(
        `--goals ${options.goals} needs a policy with a Planner; ${config.kind} has none`,
      );
    const result = await evaluatePolicy({
      checkpoint: options.checkpoint,
      engine: options.engine,
      workers: options.workers,
      levelId: options.level,
      episodes: options.episodes,
      seedBase: options['seed-base'],
      greedy: options.greedy,
      override: options['override-goal'],
      depth: options.depth,
      ablation: options.ablate,
      planner,
      doer,
      goals: options.goals,
      solvable: options.solvable,
    });
    if (options['override-goal'] && result.overridden === undefined)
      throw new UsageError(
        `--override-goal ${options['override-goal']} has no effect: in none of the ${result.episodes} episodes of ${options.level} is there an object that the mission does not mean`,
      );
    const [low, high] = result.ci95;
    say(
      `${options.level}: ${percent(result.success)} of ${result.episodes} episodes (95 % interval ${percent(low)} to ${percent(high)}); goals: ${planner === 'expert' ? 'the expert’s' : own}, Doer: ${doer}`,
    );
    if (result.unplayable)
      say(`${result.unplayable} seeds were left out: the level makes no world of them`);
    if (result.lastGoalMeant !== undefined)
      say(
        `${percent(result.goalHitRate)} of announced targets reached; the last goal aims at what the mission means in ${percent(result.lastGoalMeant)} of successful episodes`,
      );
    if (Object.keys(result.goalEnds).length > 0)
      say(`How goals ended:\n${goalEndsText(result.goalEnds)}`);
    for (const [kind, { goals: count, subgoal, both }] of Object.entries(result.choice ?? {}))
      say(
        `${kind}: ${count} goals, the Planner’s choice right in ${percent(subgoal / count)}, its target too in ${percent(both / count)}`,
      );
    return {
      json: {
        checkpoint: options.checkpoint,
        level: options.level,
        planner,
        doer,
        goals: planner === 'expert' ? 'expert' : own,
        ...result,
      },
    };
  },
});
