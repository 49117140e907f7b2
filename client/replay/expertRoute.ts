import { Action } from '../../shared/constants.ts';
import type { Replay } from '../../shared/replay.ts';
import { taskOf } from '../tasks/index.ts';

/** A place on the expert's way; `acts` where it picks up, puts down or toggles. */
export interface ExpertStep {
  x: number;
  y: number;
  acts: boolean;
}

/** Longest way that is looked ahead. */
const MAX_STEPS = 240;

/**
 * What the scripted expert would do from a step of an episode on. It has seen what the agent saw until
 * then, and no more. Begins with the agent's cell; ends where the mission does, or the expert is stuck.
 */
export function expertRoute(replay: Replay, step: number): ExpertStep[] {
  const world = taskOf(replay.levelId).createWorld(replay.levelId, replay.seed);
  const next = world.expert();
  let last: number | undefined;
  for (const action of replay.actions.slice(0, step)) {
    next(last);
    world.step(action);
    last = action;
  }
  let frame = world.frame(undefined);
  let newest: ExpertStep = { x: frame.agentX, y: frame.agentY, acts: false };
  const way = [newest];
  for (let ahead = 0; ahead < MAX_STEPS; ahead++) {
    const action = next(last);
    if (action === undefined) break;
    last = undefined;
    world.step(action);
    frame = world.frame(frame);
    if (action === Action.pickup || action === Action.drop || action === Action.toggle) {
      newest.acts = true;
    } else if (newest.x !== frame.agentX || newest.y !== frame.agentY) {
      newest = { x: frame.agentX, y: frame.agentY, acts: false };
      way.push(newest);
    }
    if (world.over) break;
  }
  return way;
}

/** Milliseconds between two looks ahead, and how much longer than one look they are apart at least. */
const PAUSE_MS = 100;
const PAUSE_FACTOR = 8;

/** Keeps the expert's way up to date while an episode plays, without taking much of the time for it. */
export class ExpertGuide {
  private replay: Replay | undefined;
  private step = -1;
  private way: readonly ExpertStep[] = [];
  private notBefore = 0;

  /**
   * The way from `step` on, newly looked up where there is time for it; else the former one from where
   * the agent stands now. The same list as long as nothing changes.
   * @param now milliseconds of a clock that never goes back
   */
  from(replay: Replay, step: number, now: number): readonly ExpertStep[] {
    const same = this.replay === replay;
    if (same && this.step === step) return this.way;
    if (same && now < this.notBefore) return this.way;
    this.replay = replay;
    this.step = step;
    const begun = performance.now();
    try {
      this.way = expertRoute(replay, step);
    } catch {
      // A level that this page does not know has no way either.
      this.way = [];
    }
    const took = performance.now() - begun;
    this.notBefore = now + Math.max(PAUSE_MS, PAUSE_FACTOR * took);
    return this.way;
  }
}
