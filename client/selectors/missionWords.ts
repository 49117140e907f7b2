import { COLOR_NAMES, ObjectType } from '../../shared/constants.ts';
import type { GoalNow } from './goals.ts';
import { type Cell, cellAt, type EpisodeView } from './world.ts';

/** A stretch of the mission's words; `served`: the Planner's goal is about them. */
export interface MissionPart {
  text: string;
  served: boolean;
}

const TYPES = ['ball', 'box', 'door', 'key'] as const;
/** "the red ball", "a door", "an object": colour and kind, either of which may be missing. */
const THING = new RegExp(`\\b(?:(${COLOR_NAMES.join('|')}) )?(object|${TYPES.join('|')})\\b`, 'gi');

/**
 * The mission in parts, so that the words which the goal serves can be marked. The things that a
 * mission names are compared with what stands in the goal's cell: "a ball" is served by every ball,
 * "the red ball" by red ones alone. Nothing is marked while the goal is undecided.
 */
export function missionParts(episode: EpisodeView, goal: GoalNow | undefined): MissionPart[] {
  const { mission } = episode.replay;
  const cell = goal?.decided ? targetOf(episode, goal) : undefined;
  const parts: MissionPart[] = [];
  let at = 0;
  for (const match of mission.matchAll(THING)) {
    const [words, color, type] = match;
    if (!cell || !fits(cell, color, type as string)) continue;
    if (match.index > at) parts.push({ text: mission.slice(at, match.index), served: false });
    parts.push({ text: words, served: true });
    at = match.index + words.length;
  }
  if (at < mission.length) parts.push({ text: mission.slice(at), served: false });
  return parts;
}

/** What the goal is about: the thing in its cell, or the one in hand that is to be put down. */
function targetOf(episode: EpisodeView, goal: GoalNow): Cell | undefined {
  const frame = episode.frames[goal.start];
  if (!frame) return undefined;
  if (goal.subgoal === 'drop') return frame.carrying && { ...frame.carrying, state: 0 };
  if (!goal.target || goal.subgoal === 'explore') return undefined;
  return cellAt(frame, episode.width, episode.height, goal.target.x, goal.target.y);
}

function fits(cell: Cell, color: string | undefined, type: string): boolean {
  const kind = TYPES.find((name) => ObjectType[name] === cell.type);
  if (kind === undefined) return false;
  if (color !== undefined && COLOR_NAMES[cell.color] !== color.toLowerCase()) return false;
  return type.toLowerCase() === 'object' || type.toLowerCase() === kind;
}
