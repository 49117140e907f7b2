import { runBot } from '../bot/index.ts';
import { createEnv } from '../env.ts';
import { descriptionsOf } from '../instructions.ts';
import type { LevelSpec } from '../levels/family.ts';
import { nounOf, nounText } from '../sentence.ts';
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
  const trying = trySolving(level, options);
  for (;;) {
    const { done, value } = trying.next();
    if (done) return value;
  }
}

/**
 * The same, an episode at a time, for those who have other things to do in between: yields what is known
 * so far after each episode, and returns the same at the end.
 */
export function* trySolving(
  level: LevelSpec,
  options: SolvabilityOptions = {},
): Generator<Solvability, Solvability> {
  const episodes = options.episodes ?? (level.family === 'Layout' ? 1 : 20);
  const seedBase = options.seedBase ?? 0;
  const counts = new Map<string, number>();
  let solved = 0;
  let steps = 0;
  let longest = 0;
  let result: Solvability = { success: 0, episodes: 0, meanLength: NaN, longest, reasons: [] };
  try {
    for (let played = 1; played <= episodes; played++) {
      const run = runBot({ levelId: level, seed: seedBase + played - 1 });
      if (run.length > longest) longest = run.length;
      if (run.success) {
        solved++;
        steps += run.length;
      } else {
        const reason = run.stuck ?? (run.terminated ? FAILED : OUT_OF_STEPS);
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
      const missing = solved < played ? missingThings(level, seedBase) : [];
      const reasons =
        missing.length > 0
          ? missing
          : [...counts].sort((a, b) => b[1] - a[1]).map(([reason]) => reason);
      const [success, meanLength] = [solved / played, steps / solved];
      result = { success, episodes: played, meanLength, longest, reasons };
      yield result;
    }
    return result;
  } catch (error) {
    if (!(error instanceof ImpossibleMissionError)) throw error;
    return { success: 0, episodes: 0, meanLength: NaN, longest: 0, reasons: [error.message] };
  }
}
const FAILED = 'a strict part of the mission failed';
const OUT_OF_STEPS = 'the bot is not done when the step limit is reached';

function missingThings(level: LevelSpec, seed: number): string[] {
  const env = createEnv(level, { seed });
  return descriptionsOf(env.state.instruction)
    .filter((desc) => desc.objects.length === 0)
    .map((desc) => `nothing fits "${nounText(nounOf(desc)).replace(/^the /, '')}"`);
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
  if (result.success === 0 && !options.allowImpossible) throw impossible(level, result);
  return result;
}

/** The error for a level that was never solved, with the reasons. */
export function impossible(level: LevelSpec, { reasons }: Solvability): ImpossibleMissionError {
  return new ImpossibleMissionError(
    `mission "${level.title}" cannot be done: ${reasons.join('; ')}`,
  );
}
