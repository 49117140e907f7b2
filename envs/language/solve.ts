import { botStats } from '../bot/index.ts';
import { createEnv } from '../env.ts';
import { descriptionsOf, nounPhrase } from '../instructions.ts';
import type { LevelSpec } from '../levels/family.ts';
import { ImpossibleMissionError } from './recipe.ts';

/** What the bot made of a level before training on it. */
export interface Solvability {
  /** Share of episodes that the bot solved. */
  readonly success: number;
  readonly episodes: number;
  /** Mean steps that it took; NaN where it solved none. */
  readonly meanLength: number;
  readonly longest: number;
  /** Why it failed, the most frequent reason first; empty where it never did. */
  readonly reasons: readonly string[];
}

export interface SolvabilityOptions {
  /** Default 20; a laid-out level is always the same, one is enough. */
  readonly episodes?: number;
  readonly seedBase?: number;
}

/** Lets the bot try a level. Never throws because of what the level is like. */
export function solvability(level: LevelSpec, options: SolvabilityOptions = {}): Solvability {
  const episodes = options.episodes ?? (level.family === 'Layout' ? 1 : 20);
  try {
    const stats = botStats({ levelId: level, episodes, seedBase: options.seedBase ?? 0 });
    const reasons = Object.entries(stats.stuck).sort((a, b) => b[1] - a[1]);
    const names = reasons.map(([reason]) => reason);
    if (stats.success < 1) {
      const missing = missingThings(level, options.seedBase ?? 0);
      if (missing.length > 0) names.splice(0, names.length, ...missing);
      else if (names.length === 0)
        names.push(`the bot is not done when the step limit is reached, or a strict part failed`);
    }
    const { success, meanLength, longest } = stats;
    return { success, episodes, meanLength, longest, reasons: names };
  } catch (error) {
    if (!(error instanceof ImpossibleMissionError)) throw error;
    return { success: 0, episodes: 0, meanLength: NaN, longest: 0, reasons: [error.message] };
  }
}

function missingThings(level: LevelSpec, seed: number): string[] {
  const env = createEnv(level, { seed });
  return descriptionsOf(env.state.instruction)
    .filter((desc) => desc.objects.length === 0)
    .map((desc) => `nothing fits "${nounPhrase(desc).replace(/^the /, '')}"`);
}

/**
 * Returns the level's solvability, or throws an ImpossibleMissionError with the reason where the bot
 * never solves it. Pass `allowImpossible` to have it anyway.
 */
export function requireSolvable(
  level: LevelSpec,
  options: SolvabilityOptions & { readonly allowImpossible?: boolean } = {},
): Solvability {
  const result = solvability(level, options);
  if (result.success === 0 && !options.allowImpossible)
    throw new ImpossibleMissionError(
      `mission "${level.title}" cannot be done: ${result.reasons.join('; ')}`,
    );
  return result;
}
