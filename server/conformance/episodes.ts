import { createHash } from 'node:crypto';
import { createEnv, EndlessGenerationError } from '../../envs/index.ts';
import { base64, firstDifference } from './files.ts';
import {
  type ContinuationRow,
  carryingOf,
  compareStart,
  type EpisodeRow,
  marksOf,
  positionOf,
  type VerifierRow,
} from './rows.ts';

/** Replays a recorded episode on a fresh environment, comparing everything after every step. */
export function replayEpisode(row: EpisodeRow): string | undefined {
  const env = createEnv(row.id);
  const first = env.reset(row.seed);
  const start =
    firstDifference(
      ['rng', env.rngState(), pickRng(row.rng)],
      ['obs', base64(first.image), row.obs],
      ['obs_dir', first.direction, row.obs_dir],
    ) ?? compareStart(env, row);
  if (start !== undefined) return `reset: ${start}`;
  const { step } = row;
  for (let t = 0; t < step.actions.length; t++) {
    const result = env.step(step.actions[t]);
    const difference = firstDifference(
      ['obs', base64(result.observation.image), step.obs[t]],
      ['agent_pos', positionOf(env), step.agent_pos[t]],
      ['agent_dir', result.observation.direction, step.agent_dir[t]],
      ['carrying', carryingOf(env), step.carrying[t]],
      ['reward', result.reward, step.reward[t]],
      ['terminated', Number(result.terminated), step.terminated[t]],
      ['truncated', Number(result.truncated), step.truncated[t]],
      ['mission', result.observation.mission, row.mission],
    );
    if (difference !== undefined) return `step ${t}: ${difference}`;
  }
  return firstDifference(
    ['final_grid', base64(env.gridBytes()), row.final_grid],
    ['rng at the end', env.rngState(), pickRng(row.rng)],
  );
}

/** Replays a trace made to try the instruction checker: its answer and what it keeps, step by step. */
export function replayVerifierTrace(row: VerifierRow): string | undefined {
  const env = createEnv(row.id);
  env.reset(row.seed);
  const start = compareStart(env, row);
  if (start !== undefined) return `reset: ${start}`;
  const marksAt = new Map(row.marks);
  let marks: unknown = marksOf(env.state.instruction);
  let last = { reward: 0, terminated: false, truncated: false };
  for (let t = 0; t < row.actions.length; t++) {
    const result = env.step(row.actions[t]);
    last = result;
    const status = result.success ? 's' : result.terminated ? 'f' : 'c';
    marks = marksAt.get(t) ?? marks;
    const difference = firstDifference(
      ['status', status, row.status[t]],
      ['marks', marksOf(env.state.instruction), marks],
    );
    if (difference !== undefined) return `step ${t}: ${difference}`;
  }
  return firstDifference(
    ['reward', last.reward, row.reward],
    ['terminated', Number(last.terminated), row.terminated],
    ['truncated', Number(last.truncated), row.truncated],
    ['end_pos', positionOf(env), row.end_pos],
    ['end_dir', env.state.agentDir, row.end_dir],
    ['end_carrying', carryingOf(env), row.end_carrying],
    ['final_grid', base64(env.gridBytes()), row.final_grid],
  );
}

/** One seeded reset and the unseeded ones after it, on the same environment. */
export function replayContinuation(row: ContinuationRow): string | undefined {
  const env = createEnv(row.id);
  for (let k = 0; k < row.episodes.length; k++) {
    const theirs = row.episodes[k];
    try {
      env.reset(k === 0 ? row.seed : undefined);
    } catch (error) {
      if (error instanceof EndlessGenerationError && 'hang' in theirs) return undefined;
      throw error;
    }
    if ('hang' in theirs) return `reset ${k}: made a level, Python never returns`;
    const { state } = env;
    const difference = firstDifference(
      ['mission', state.mission, theirs.mission],
      [
        'grid_sha256',
        createHash('sha256').update(env.gridBytes()).digest('hex'),
        theirs.grid_sha256,
      ],
      ['agent_pos', positionOf(env), theirs.agent_pos],
      ['agent_dir', state.agentDir, theirs.agent_dir],
      ['max_steps', state.maxSteps, theirs.max_steps],
      ['rng', env.rngState(), pickRng(theirs.rng)],
    );
    if (difference !== undefined) return `reset ${k}: ${difference}`;
  }
  return undefined;
}

function pickRng({ state, inc, has_uint32, uinteger }: EpisodeRow['rng']): EpisodeRow['rng'] {
  return { state, inc, has_uint32, uinteger };
}
