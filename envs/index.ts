/** BabyAI, exact and fast: see README.md beside this file. */
export { type LooseType, RoomBuilder } from './builder.ts';
export { cellColor, cellState, cellType, EMPTY_CELL, packCell, WALL_CELL } from './cells.ts';
export { BabyAIEnv, createEnv, type EnvOptions } from './env.ts';
export { BabyAIEpisode, type EpisodeOptions } from './episode.ts';
export * from './instructions.ts';
export { resolveLevel } from './language/resolve.ts';
export {
  type Family,
  family,
  type LevelSpec,
  type MaxStepsRule,
  membersOf,
  SKILLS,
  type Skill,
  WORLDS,
  type World,
} from './levels/family.ts';
export { getLevel, type LevelInfo, listLevels } from './levels/info.ts';
export { closestIds, FAMILIES } from './levels/registry.ts';
export { activeLeaves, completedLeaves, NUM_REWARD_TERMS, RewardMeter } from './rewards.ts';
export { Generator, type GeneratorState, type Seed } from './rng.ts';
export { EndlessGenerationError, Side } from './roomGrid.ts';
export {
  beginNext,
  evaluationSeeds,
  pooledSeeds,
  type SeedStream,
  trainingSeeds,
} from './seeds.ts';
export type { EnvSnapshot } from './snapshot.ts';
export { EnvState } from './state.ts';
export { type Drawable, drawCells, drawState, thumbnail } from './thumbnail.ts';
export { EndBit, type Observation, StepEvent, type StepResult } from './types.ts';
export { refreshPositions, resetInstruction, resolveDescription, verify } from './verify.ts';
export {
  markSeen,
  renderView,
  viewToWorldX,
  viewToWorldY,
  visibilityMask,
  worldToView,
} from './view.ts';
