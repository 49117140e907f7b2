import { BabyAIEpisode, thumbnail } from '../../../envs/index.ts';
import { verifyReplay } from '../../../envs/replay.ts';
import type { Task } from '../task.ts';
import { BabyAIExpert } from './expert.ts';
import { levelSummaries } from './levels.ts';
import { babyaiMissions } from './missions.ts';
import { babyaiNames } from './names.ts';
import { BabyAISenses } from './senses.ts';
import { BabyAIThings } from './things.ts';

/** BabyAI's levels, and missions and layouts in its language. */
export const babyai: Task = {
  owns: (levelId) => /^(BabyAI-|mission:|layout:)/.test(levelId),
  levels: levelSummaries,
  names: babyaiNames,
  init: 'default',
  // The policy that knows single rooms only finds its way between two.
  firstRun: { levelId: 'BabyAI-GoToObjMazeS4R2-v0', init: 'rooms', name: 'First steps' },
  made: babyaiMissions,
  createWorld(levelId, options = {}) {
    const episode = new BabyAIEpisode(levelId, options);
    return {
      episode,
      senses: new BabyAISenses(episode, options.memory ?? false),
      expert: new BabyAIExpert(episode.env),
      things: new BabyAIThings(episode.env.state),
    };
  },
  verify: verifyReplay,
  draw: thumbnail,
};
