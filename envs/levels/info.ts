import { BOT_LENGTHS } from './difficulty.ts';
import type { LevelSpec } from './family.ts';
import { findLevel, LEVELS } from './registry.ts';

/** What lists and forms show of a level: its spec without the recipe. */
export interface LevelInfo extends Omit<LevelSpec, 'build'> {
  /** Mean steps that the bot needs; null where it has not been measured. */
  readonly difficulty: number | null;
}

function infoOf({ build: _build, ...info }: LevelSpec): LevelInfo {
  return { ...info, difficulty: BOT_LENGTHS[info.id] ?? null };
}

/** All registered levels, family by family. */
export function listLevels(): LevelInfo[] {
  return LEVELS.map(infoOf);
}

/** One registered level. Throws an Error that names the id and the closest ones for an unknown id. */
export function getLevel(id: string): LevelInfo {
  return infoOf(findLevel(id));
}
