import type { ObjDesc } from '../instructions.ts';
import type { BotMap } from './map.ts';
import type { PlanStep } from './plan.ts';
import type { Situation } from './situation.ts';

/** Surcharge in steps for a way that is blocked, with free hands and with full ones. */
const UNBLOCK_FREE = 4;
const UNBLOCK_CARRYING = 7;
const FAR = 999;

/** Looks for the nearest object of a description. */
export class ObjectFinder {
  private readonly map: BotMap;
  private readonly now: Situation;
  /** What was found: its id (-1 where only a position is known) and its cell. */
  object = -1;
  cell = -1;
  /** Whether something in sight was met that no known way leads to. */
  metUnreachable = false;

  constructor(map: BotMap, now: Situation) {
    this.map = map;
    this.now = now;
  }

  /** Finds the nearest object that the bot has seen, for a step with a description. */
  find(step: PlanStep): boolean {
    const { map, now } = this;
    const { state, carrying } = now;
    const beside = step.reason === 'PutNext';
    const { objects, positions } = step.desc!;
    const count = step.lookup === 'actual' ? objects.length : positions.length;
    let best = FAR;
    this.metUnreachable = false;
    for (let i = 0; i < count; i++) {
      const id = step.lookup === 'remembered' ? -1 : objects[i];
      let cell: number;
      if (step.lookup === 'actual') {
        if (!state.isInGrid(id)) continue;
        cell = state.index(state.objectX[id], state.objectY[id]);
      } else {
        // A wall (it may fit "a grey object") has no id and is never gone to.
        if (step.lookup === 'settled' && (id < 0 || id === carrying)) continue;
        const at = positions[i];
        const y = (at / state.width) | 0;
        cell = state.index(at - y * state.width, y);
      }
      if (map.seen[cell] === 0) continue;
      let distance = map.distanceTo(cell, true);
      if (distance < 0) {
        this.metUnreachable = true;
        continue;
      }
      if (map.isBeyondBlockers(cell)) distance += carrying >= 0 ? UNBLOCK_CARRYING : UNBLOCK_FREE;
      // Standing in the doorway that is looked for, or beside what must be approached, is not near.
      if (distance === 0) distance = beside ? 3 : 2;
      else if (beside && distance === 1) distance = 3;
      if (distance >= best) continue;
      best = distance;
      this.object = id;
      this.cell = cell;
    }
    return best < FAR;
  }

  /** Whether nothing of a description is left in the world. */
  isGone(desc: ObjDesc): boolean {
    const { carrying, state } = this.now;
    for (const id of desc.objects)
      if (id >= 0 && (id === carrying || state.isInGrid(id))) return false;
    return true;
  }
}

/** "red ball": a description in the reasons that the bot gives. */
export function phrase(desc: ObjDesc): string {
  return [desc.color, desc.type ?? 'object', desc.loc].filter(Boolean).join(' ');
}
