/** Missions by hand: see README.md beside this file. */

export {
  type Both,
  type Clause,
  fromInstr,
  type Mission,
  missionText,
  type Noun,
  nounText,
  type Ordered,
} from '../sentence.ts';
export { type MissionRooms, missionLevel } from './build.ts';
export {
  type Board,
  formatBoard,
  formatLayout,
  type Layout,
  LayoutError,
  type PlacedThing,
  parseLayout,
} from './layout.ts';
export { clausesOf, nounsOf, toInstr } from './mission.ts';
export { type Completion, completions, MissionError, parseMission } from './parse.ts';
export { layoutLevel, layoutOf } from './placing.ts';
export { ImpossibleMissionError } from './recipe.ts';
export { resolveLevel } from './resolve.ts';
export {
  impossible,
  requireSolvable,
  type Solvability,
  type SolvabilityOptions,
  solvability,
  trySolving,
} from './solve.ts';
