import { type Deed, MILESTONE_IDS, type Milestone, type Moment } from '../../shared/moments.ts';

/** Episodes that a milestone looks back on. */
export const WINDOW = 20;

/** A milestone is there when so many of the last `WINDOW` episodes have a deed that at most so many of the first had. */
const RULES: Readonly<Partial<Record<Milestone, { deed: Deed; now: number; before: number }>>> = {
  opens: { deed: 'opens', now: 16, before: 8 },
  unlocks: { deed: 'unlocks', now: 16, before: 8 },
  picks: { deed: 'picks', now: 16, before: 8 },
  half: { deed: 'success', now: 10, before: 8 },
  most: { deed: 'success', now: 18, before: 16 },
};

/** Finds the turning points of one run among the episodes that are shown of it. */
export class MilestoneWatch {
  private readonly found = new Set<Milestone>();
  private readonly first: (readonly Deed[])[] = [];
  private readonly last: (readonly Deed[])[] = [];

  /**
   * @param past what is kept of the run, in order of steps
   * @param isWhole whether that goes back to the run's beginning: else nothing can be said to be new
   */
  constructor(past: readonly Moment[] = [], isWhole = true) {
    if (!isWhole) for (const milestone of MILESTONE_IDS) this.found.add(milestone);
    for (const { milestone, deeds } of past) {
      if (milestone) this.found.add(milestone);
      if (this.first.length < WINDOW) this.first.push(deeds);
    }
  }

  /** The milestone that this episode is, if it is one: each is found once in a run. */
  add(deeds: readonly Deed[]): Milestone | undefined {
    this.last.push(deeds);
    if (this.last.length > WINDOW) this.last.shift();
    if (this.first.length < WINDOW) this.first.push(deeds);
    const milestone = this.look(deeds);
    if (milestone) this.found.add(milestone);
    return milestone;
  }

  private look(deeds: readonly Deed[]): Milestone | undefined {
    const has = (deed: Deed) => deeds.includes(deed);
    if (has('success') && !this.found.has('firstSuccess')) return 'firstSuccess';
    if (this.last.length < WINDOW) return undefined;
    for (const [milestone, { deed, now, before }] of Object.entries(RULES)) {
      const id = milestone as Milestone;
      // The picture that stands for it is to show it.
      if (this.found.has(id) || !has(deed)) continue;
      if (countOf(this.last, deed) < now) continue;
      // What it could do from the start is not learnt, then or later.
      if (countOf(this.first, deed) <= before) return id;
    }
    return undefined;
  }
}

const countOf = (episodes: readonly (readonly Deed[])[], deed: Deed) =>
  episodes.filter((deeds) => deeds.includes(deed)).length;
