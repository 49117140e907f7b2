import type { ObjDesc } from '../instructions.ts';

/** What a step of the plan does; `Explore` turns into another step before an action is chosen. */
export const StepClass = {
  goNextTo: 0,
  open: 1,
  close: 2,
  pickup: 3,
  drop: 4,
  explore: 5,
} as const;
export type StepClass = (typeof StepClass)[keyof typeof StepClass];

/**
 * Why a step was planned. Going: `Open` a door (or box), `PutNext` (face a free cell beside the
 * target), `Explore`. Opening: `Unlock` (lay the key down afterwards), `KeepKey`.
 */
export type Reason = 'Open' | 'PutNext' | 'Explore' | 'Unlock' | 'KeepKey';

/**
 * How the objects of a description are looked up. `settled`: position i of the description's
 * remembered positions, as Minigrid's bot does. The others serve plans made anew after a failure:
 * `actual` where the objects lie now, `remembered` all positions that the check of a "go to" accepts.
 */
export type Lookup = 'settled' | 'actual' | 'remembered';

/** One entry of the plan. At most one of `desc`, `object`, `cell` is set, and only when going. */
export interface PlanStep {
  step: StepClass;
  reason: Reason | null;
  /** Any object that fits. */
  desc: ObjDesc | null;
  lookup: Lookup;
  /** One particular object (id), or -1. */
  object: number;
  /** A cell (padded index), or -1. */
  cell: number;
}

/** The plan as a stack; the last step pushed is done first. Entries are reused. */
export class PlanStack {
  depth = 0;
  private readonly steps: PlanStep[] = [];

  top(): PlanStep {
    return this.steps[this.depth - 1];
  }
  /** Step `i` from the bottom. */
  at(i: number): PlanStep {
    return this.steps[i];
  }
  pop(): void {
    this.depth--;
  }
  clear(): void {
    this.depth = 0;
  }

  push(step: StepClass, reason: Reason | null = null): PlanStep {
    let entry = this.steps[this.depth];
    if (entry === undefined) {
      entry = { step, reason, desc: null, lookup: 'settled', object: -1, cell: -1 };
      this.steps.push(entry);
    }
    this.depth++;
    entry.step = step;
    entry.reason = reason;
    entry.desc = null;
    entry.lookup = 'settled';
    entry.object = -1;
    entry.cell = -1;
    return entry;
  }
  goToDesc(desc: ObjDesc, reason: Reason | null = null, lookup: Lookup = 'settled'): void {
    const entry = this.push(StepClass.goNextTo, reason);
    entry.desc = desc;
    entry.lookup = lookup;
  }
  goToObject(object: number, reason: Reason | null = null): void {
    this.push(StepClass.goNextTo, reason).object = object;
  }
  /** `cell` -1, where no cell could be found, makes the bot give up when it gets there. */
  goToCell(cell: number, reason: Reason | null = null): void {
    this.push(StepClass.goNextTo, reason).cell = cell;
  }

  isExploring(): boolean {
    if (this.depth === 0) return false;
    const top = this.top();
    return top.step === StepClass.explore || top.reason === 'Explore';
  }
}
