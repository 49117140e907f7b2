import { quoted } from '../../shared/text.ts';
import { type Family, type LevelSpec, membersOf } from './family.ts';
import * as gotoLevels from './goto.ts';
import * as gotoMaze from './gotoMaze.ts';
import * as openLevels from './open.ts';
import * as other from './other.ts';
import * as pickup from './pickup.ts';
import * as putnext from './putnext.ts';
import * as synth from './synth.ts';
import * as unlock from './unlock.ts';

/** All families, in the order in which lists show them. */
export const FAMILIES: readonly Family[] = [
  gotoLevels.goToRedBallGrey,
  gotoLevels.goToRedBall,
  gotoLevels.goToObj,
  gotoLevels.goToLocal,
  gotoMaze.goToMaze,
  gotoMaze.goToImpUnlock,
  gotoMaze.goToSeq,
  gotoLevels.goToRedBlueBall,
  gotoLevels.goToDoor,
  gotoLevels.goToObjDoor,
  openLevels.openMaze,
  openLevels.openRedDoor,
  openLevels.openDoor,
  openLevels.openTwoDoors,
  openLevels.openDoorsOrder,
  pickup.pickupMaze,
  pickup.unblockPickup,
  pickup.pickupLoc,
  pickup.pickupDist,
  pickup.pickupAbove,
  putnext.putNextLocal,
  putnext.putNextTwoRooms,
  unlock.unlockMaze,
  unlock.unlockLocal,
  unlock.keyInBox,
  unlock.unlockPickup,
  unlock.blockedUnlockPickup,
  unlock.unlockToUnlock,
  other.actionObjDoor,
  other.findObj,
  other.keyCorridor,
  other.oneRoom,
  putnext.moveTwoAcross,
  synth.synth,
  synth.synthLoc,
  synth.synthSeq,
  synth.bossLevel,
];

export const LEVELS: readonly LevelSpec[] = FAMILIES.flatMap(membersOf);
const byId = new Map(LEVELS.map((level) => [level.id, level]));

/** A registered level. Throws an Error that names the id and the closest ones for an unknown id. */
export function findLevel(id: string): LevelSpec {
  const level = byId.get(id);
  if (level) return level;
  const near = closestIds(String(id), 3);
  throw new Error(
    `level is ${quoted(String(id), 80)}; accepted: a level id such as ${near.join(', ')}`,
  );
}

/** The registered ids most like `id`, by edit distance of the lower-case names. */
export function closestIds(id: string, count: number): string[] {
  const bare = (text: string) =>
    text
      .slice(0, 80)
      .toLowerCase()
      .replace(/^babyai-/, '')
      .replace(/-v\d+$/, '');
  const wanted = bare(id);
  return LEVELS.map((level) => ({ id: level.id, distance: editDistance(wanted, bare(level.id)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map((entry) => entry.id);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length];
}
