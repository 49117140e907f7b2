import { writeFileSync } from 'node:fs';
import { MAX_EPISODE_STEPS } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import {
  ABLATION_IDS,
  GOAL_MODES,
  SCRIPTED_POLICIES,
  type ScriptedPolicy,
} from '../../shared/play.ts';
import type { Replay } from '../../shared/replay.ts';
import { type ForkTask, fork } from '../play/fork.ts';
import { EpisodePlayer } from '../play/play.ts';
import { PlayError } from '../play/playError.ts';
import { checkpointPath } from '../policy/policyFile.ts';
import { defineCommand, UsageError } from './command.ts';
import { readReplay } from './replayFile.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

const SETTINGS = `greedy=true|false, goals=${GOAL_MODES.join('|')}, chance=N, depth=N, ablation=${ABLATION_IDS.join('|')}, goal=X:Y or goal=X:Y:SUBGOAL`;

export const command = defineCommand({
  options: {
    at: {
      type: 'integer',
      help: 'Steps of the episode that are kept.',
      placeholder: 'STEP',
      min: 0,
      required: true,
    },
    checkpoint: {
      type: 'text',
      help: "Who plays on: a checkpoint file, a shipped one by name, expert or random; by default the episode's own policy.",
      placeholder: 'FILE|NAME',
      path: 'read',
    },
    set: {
      type: 'list',
      help: `What is played otherwise from there on: ${SETTINGS}. May be given several times.`,
      placeholder: 'KEY=VALUE',
    },
    'max-steps': {
      type: 'integer',
      help: 'Stop after this many steps in all.',
      min: 1,
      max: MAX_EPISODE_STEPS,
    },
    out: { type: 'text', help: 'File for the new episode.', placeholder: 'FILE', path: 'written' },
    engine: COMPUTE_OPTIONS.engine,
  },
  operands: { name: 'FILE', help: 'A replay file.', min: 1, max: 1 },
  async run({ options, operands }) {
    const [file] = operands;
    const replay = readReplay(file);
    const name = options.checkpoint ?? ownPolicy(file, replay);
    const scripted = (SCRIPTED_POLICIES as readonly string[]).includes(name);
    const forked = await fork(new EpisodePlayer(options.engine), {
      replay,
      at: options.at,
      source: scripted
        ? { kind: 'script', name: name as ScriptedPolicy }
        : { kind: 'checkpoint', file: checkpointPath(name) },
      name,
      change: parseChange(options.set),
      maxSteps: options['max-steps'],
    }).catch((error: Error) => {
      if (error instanceof PlayError) throw new UsageError(error.message);
      throw error;
    });
    if (options.out) writeFileSync(options.out, JSON.stringify(forked.replay));
    const { outcome, actions } = forked.replay;
    return {
      json: {
        at: options.at,
        checkpoint: name,
        steps: outcome.steps,
        success: outcome.success,
        sameAsOriginal: forked.sameAsOriginal,
        firstDifference: forked.firstDifference ?? null,
        actions,
        ...(options.out && { out: options.out }),
      },
    };
  },
});

/** The policy that a replay names. Throws where its weights are nowhere. */
function ownPolicy(file: string, { source }: Replay): string {
  if (source.kind === 'bot') return 'expert';
  if (source.kind === 'evaluation' && source.policy) return source.policy;
  const by = source.kind === 'person' ? 'by a person' : 'by weights that it does not name';
  throw new UsageError(
    `${file} was played ${by}; accepted: --checkpoint with a file or name of who plays on`,
  );
}

function parseChange(items: readonly string[] | undefined): ForkTask['change'] {
  if (!items) return undefined;
  const change: NonNullable<ForkTask['change']> = {};
  for (const item of items) {
    const [, key, value] = /^([a-z]+)=(.+)$/.exec(item) ?? [];
    const whole = /^\d{1,15}$/.test(value ?? '') ? Number(value) : undefined;
    const ablation = ABLATION_IDS.find((id) => id === value);
    const goals = GOAL_MODES.find((mode) => mode === value);
    const goal = /^(\d{1,3}):(\d{1,3})(?::([A-Za-z]+))?$/.exec(value ?? '');
    const subgoal = SUBGOALS.find((id) => id === (goal?.[3] ?? 'goNextTo'));
    if (key === 'greedy' && (value === 'true' || value === 'false'))
      change.greedy = value === 'true';
    else if (key === 'goals' && goals) change.goals = goals;
    else if (key === 'chance' && whole !== undefined) change.chance = whole;
    else if (key === 'depth' && whole !== undefined && whole >= 1 && whole <= 64)
      change.depth = whole;
    else if (key === 'ablation' && ablation) change.ablation = ablation;
    else if (key === 'goal' && goal && subgoal)
      change.goal = { x: Number(goal[1]), y: Number(goal[2]), subgoal, until: 'reached' };
    else throw new UsageError(`--set is ${JSON.stringify(item)}; accepted: ${SETTINGS}`);
  }
  return change;
}
