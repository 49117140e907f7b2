import type { LevelSummary, RunInfo } from '../../shared/protocol.ts';

export interface LevelGroup {
  /** As a heading. */
  name: string;
  levels: LevelSummary[];
}

export const LEVEL_GROUPINGS = {
  skill: 'Skill',
  world: 'World',
  difficulty: 'Difficulty',
} as const;
export type LevelGrouping = keyof typeof LEVEL_GROUPINGS;

/** Upper ends of the bands of difficulty, in mean steps of the scripted expert. */
const BANDS = [10, 30, 100] as const;

function bandOf({ difficulty }: LevelSummary): string {
  if (difficulty === null) return 'Not measured';
  const from = BANDS.findLast((end) => difficulty >= end);
  const to = BANDS.find((end) => difficulty < end);
  if (to === undefined) return `${from} steps and more`;
  return from === undefined ? `Fewer than ${to} steps` : `${from} to ${to - 1} steps`;
}

/**
 * Levels that have every word of `query` somewhere in their text, grouped in list order; by difficulty
 * the easiest come first.
 */
export function groupLevels(
  levels: readonly LevelSummary[],
  query: string,
  grouping: LevelGrouping = 'skill',
): LevelGroup[] {
  const unknown = Number.POSITIVE_INFINITY;
  const ordered =
    grouping === 'difficulty'
      ? [...levels].sort((a, b) => (a.difficulty ?? unknown) - (b.difficulty ?? unknown))
      : levels;
  const nameOf = (level: LevelSummary) =>
    grouping === 'difficulty'
      ? bandOf(level)
      : grouping === 'world'
        ? sentenceCase(level.world)
        : skillLabel(level.skill);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, LevelSummary[]>();
  for (const level of ordered) {
    const text =
      `${level.id} ${level.title} ${level.example} ${level.description} ${level.skill} ${level.world}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const name = nameOf(level);
    const group = groups.get(name);
    if (group) group.push(level);
    else groups.set(name, [level]);
  }
  return [...groups].map(([name, members]) => ({ name, levels: members }));
}

const SKILL_LABELS: Readonly<Record<string, string>> = {
  goto: 'Go to',
  open: 'Open',
  pickup: 'Pick up',
  putnext: 'Put next to',
  unlock: 'Unlock',
  unblock: 'Clear the way',
  location: 'Where things are',
  sequence: 'One after the other',
  synthesis: 'Everything together',
};

/** A skill as a heading. */
export function skillLabel(skill: string): string {
  return SKILL_LABELS[skill] ?? sentenceCase(skill);
}

/** The sentence of a level made by hand, in quotes; undefined for registered ones. */
export function handMadeName(id: string): string | undefined {
  const sentence =
    /^mission:([^?]*)/i.exec(id)?.[1] ?? /^layout:.*?mission *: *([^\n]*)/is.exec(id)?.[1];
  return sentence === undefined ? undefined : `“${sentence.trim()}”`;
}

/** The id without BabyAI's prefix and version, "GoToLocal"; the sentence of a level made by hand. */
export function shortLevelId(id: string): string {
  const made = handMadeName(id);
  if (made !== undefined) return made;
  return id.replace(/^BabyAI-/, '').replace(/-v\d+$/, '');
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "Go to an object (5×5, 2 objects)" as name and what sets the variant apart. */
export function splitTitle({ title }: LevelSummary): { name: string; variant: string } {
  const [, name = title, variant = ''] = /^(.*?)(?:\(([^)]*)\))?$/.exec(title) ?? [];
  return { name: name.trim(), variant };
}

/** Levels made by hand on which this server has a run, the newest first. */
export function handMadeLevels(runs: readonly RunInfo[]): string[] {
  const newest = [...runs].sort((a, b) => b.createdAt - a.createdAt);
  return [...new Set(newest.map((run) => run.levelId))].filter((id) => handMadeName(id));
}
