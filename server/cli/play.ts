import { writeFileSync } from 'node:fs';
import { EVAL_SEED_BASE, MAX_EPISODE_STEPS, NUM_ACTIONS } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import {
  type GoalOverride,
  MAX_OVERRIDES,
  SCRIPTED_POLICIES,
  type ScriptedPolicy,
} from '../../shared/play.ts';
import { EpisodePlayer } from '../play/play.ts';
import { PlayError } from '../play/playError.ts';
import { checkpointPath } from '../policy/policyFile.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkWithoutPlanner, PLAYED_OPTIONS } from './evaluate.ts';
import { LEVEL_OPTION } from './levelOption.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    checkpoint: {
      type: 'text',
      help: 'A checkpoint file, a shipped one by name, expert or random.',
      placeholder: 'FILE|NAME',
      path: 'read',
      default: 'default',
    },
    level: LEVEL_OPTION,
    seed: { type: 'integer', help: 'Level seed.', default: EVAL_SEED_BASE, min: 0 },
    chance: {
      type: 'integer',
      help: 'Seed of the draws; by default the level seed, as in evaluate.',
      min: 0,
    },
    ...PLAYED_OPTIONS,
    override: {
      type: 'list',
      help: `A goal given to the Planner from a step on: step:x,y (world cell), with :subgoal after it for another one than goNextTo (${SUBGOALS.join(', ')}). May be given several times.`,
      placeholder: 'STEP:X,Y',
    },
    until: {
      type: 'text',
      help: 'When a given goal is over: reached (the Planner then decides again), or at the end.',
      choices: ['reached', 'end'],
      default: 'reached',
    },
    actions: {
      type: 'list',
      help: 'Actions to take first (numbers 0 to 6), whatever the policy proposes.',
      placeholder: 'A,B,…',
    },
    'max-steps': {
      type: 'integer',
      help: 'Stop after this many steps.',
      min: 1,
      max: MAX_EPISODE_STEPS,
    },
    out: { type: 'text', help: 'File for the replay.', placeholder: 'FILE', path: 'written' },
    engine: COMPUTE_OPTIONS.engine,
  },
  async run({ options, given, say }) {
    const { checkpoint: name } = options;
    const scripted = (SCRIPTED_POLICIES as readonly string[]).includes(name);
    checkWithoutPlanner(options.ablate, given);
    for (const [idle, isIdle, why] of [
      ['until', options.override === undefined, 'without --override'],
      ['greedy', scripted, `with the policy ${name}`],
      ['goals', scripted, `with the policy ${name}`],
      ['engine', scripted, `with the policy ${name}, which computes nothing`],
      ['chance', name === 'expert', 'with the policy expert, which draws nothing'],
      ['chance', options.greedy && options.goals !== 'sampled', 'with --greedy: nothing is drawn'],
    ] as const)
      if (isIdle && given.has(idle)) throw new UsageError(`--${idle} has no effect ${why}`);
    const overrides = parseOverrides(options.override, options.until);
    const player = new EpisodePlayer(options.engine);
    const replay = await player
      .play({
        source: scripted
          ? { kind: 'script', name: name as ScriptedPolicy }
          : { kind: 'checkpoint', file: checkpointPath(name) },
        name,
        runId: '',
        envSteps: 0,
        levelId: options.level,
        seed: options.seed,
        greedy: options.greedy,
        goals: options.goals,
        chance: options.chance,
        depth: options.depth,
        ablation: options.ablate,
        planner: options.planner,
        doer: options.doer,
        overrides,
        actions: parseActions(options.actions),
        maxSteps: options['max-steps'],
      })
      .catch((error: Error) => {
        if (error instanceof PlayError) throw new UsageError(error.message);
        throw error;
      });
    const late = overrides.find(({ step }) => step >= replay.outcome.steps);
    if (late)
      throw new UsageError(
        `--override ${late.step}:${late.x},${late.y} has no effect: the episode is over after ${replay.outcome.steps} steps`,
      );
    if (options.out) writeFileSync(options.out, JSON.stringify(replay));
    const { outcome, mission } = replay;
    const how = outcome.success ? 'done' : outcome.terminated ? 'failed' : 'not done';
    say(`${mission}: ${how} in ${outcome.steps} steps`);
    const mind = replay.mind && {
      replans: replay.mind.replans.reduce((sum, flag) => sum + flag, 0),
      goals: replay.mind.subgoals.map((subgoal, t) =>
        subgoal < 0 ? null : [SUBGOALS[subgoal], replay.mind!.goalX[t], replay.mind!.goalY[t]],
      ),
    };
    return {
      json: {
        checkpoint: name,
        level: options.level,
        seed: options.seed,
        mission,
        ...outcome,
        actions: replay.actions,
        ...mind,
        ...(options.out && { out: options.out }),
      },
    };
  },
});

const OVERRIDE = /^(\d{1,4}):(\d{1,3}),(\d{1,3})(?::([A-Za-z]+))?$/;

/** A list splits at commas, which also stand between x and y. */
function parseOverrides(
  items: readonly string[] | undefined,
  until: GoalOverride['until'],
): GoalOverride[] {
  const wrong = (given: string) =>
    new UsageError(
      `--override is ${JSON.stringify(given)}; accepted: STEP:X,Y or STEP:X,Y:SUBGOAL with a subgoal of ${SUBGOALS.join(', ')}; at most ${MAX_OVERRIDES} of them`,
    );
  const given = items ?? [];
  if (given.length % 2 !== 0 || given.length > 2 * MAX_OVERRIDES) throw wrong(given.join(','));
  return Array.from({ length: given.length / 2 }, (_, i) => {
    const text = `${given[2 * i]},${given[2 * i + 1]}`;
    const match = OVERRIDE.exec(text);
    const subgoal = SUBGOALS.find((name) => name === (match?.[4] ?? 'goNextTo'));
    if (!match || !subgoal) throw wrong(text);
    const [step, x, y] = match.slice(1, 4).map(Number);
    return { step, x, y, subgoal, until };
  });
}

function parseActions(items: readonly string[] | undefined): number[] {
  return (items ?? []).map((item) => {
    const action = Number(item);
    if (Number.isInteger(action) && action >= 0 && action < NUM_ACTIONS) return action;
    throw new UsageError(
      `--actions has ${JSON.stringify(item)}; accepted: whole numbers from 0 to ${NUM_ACTIONS - 1}`,
    );
  });
}
