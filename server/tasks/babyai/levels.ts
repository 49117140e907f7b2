import { createEnv, listLevels } from '../../../envs/index.ts';
import type { LevelSummary } from '../../../shared/protocol.ts';

/** What the mission picker shows of every level; draws each level's seed 0 for its example. */
export function levelSummaries(): LevelSummary[] {
  return listLevels().map((level) => {
    const env = createEnv(level.id, { seed: 0 });
    return {
      id: level.id,
      title: level.title,
      description: level.description,
      skill: level.skill,
      world: level.world,
      example: env.mission,
      maxSteps: env.state.maxSteps,
      width: level.width,
      height: level.height,
      difficulty: level.difficulty,
    };
  });
}
