import type { LevelSummary } from '../../shared/protocol.ts';

export interface LevelGroup {
  skill: string;
  levels: LevelSummary[];
}

/** Levels that have every word of `query` somewhere in their text, grouped by skill in list order. */
export function groupLevels(levels: readonly LevelSummary[], query: string): LevelGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, LevelSummary[]>();
  for (const level of levels) {
    const text =
      `${level.id} ${level.title} ${level.example} ${level.description} ${level.skill} ${level.world}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const group = groups.get(level.skill);
    if (group) group.push(level);
    else groups.set(level.skill, [level]);
  }
  return [...groups].map(([skill, members]) => ({ skill: skillLabel(skill), levels: members }));
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
  return SKILL_LABELS[skill] ?? skill.charAt(0).toUpperCase() + skill.slice(1);
}

/** The id without BabyAI's prefix and version: "GoToLocal". */
export function shortLevelId(id: string): string {
  return id.replace(/^BabyAI-/, '').replace(/-v\d+$/, '');
}
