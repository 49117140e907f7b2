import { closestIds, listLevels } from '../../../envs/index.ts';
import type { LevelNames } from '../task.ts';

const IDS = new Set(listLevels().map(({ id }) => id));

/** BabyAI-GoToLocal-v0 is GoToLocal for short. */
export const babyaiNames: LevelNames = {
  short: (levelId) => levelId.replace(/^BabyAI-/, '').replace(/-v\d+$/, ''),
  full(name) {
    const id = `BabyAI-${name}-v0`;
    return /^[A-Za-z0-9]+$/.test(name) && IDS.has(id) ? id : undefined;
  },
  closest: (levelId) => closestIds(levelId, 3),
  // A comma may belong to a sentence ("open the door, then go to the ball") or to a layout.
  begins: /BabyAI-|mission:|layout:/,
};
