import { descriptionsOf, type EnvState } from '../../../envs/index.ts';
import type { Things } from '../task.ts';
import { actionTowards } from './towards.ts';

/** Objects and doors in the grid. */
export class BabyAIThings implements Things {
  private readonly state: EnvState;

  constructor(state: EnvState) {
    this.state = state;
  }

  all(): { x: number; y: number; meant: boolean }[] {
    const { state } = this;
    const meant = new Set(descriptionsOf(state.instruction).flatMap((desc) => desc.objects));
    const things: { x: number; y: number; meant: boolean }[] = [];
    for (let id = 0; id < state.objectCount; id++) {
      if (!state.isInGrid(id)) continue;
      things.push({ x: state.objectX[id], y: state.objectY[id], meant: meant.has(id) });
    }
    return things;
  }

  faced(): { x: number; y: number } | undefined {
    const { state } = this;
    return state.frontObject() < 0 ? undefined : { x: state.frontX, y: state.frontY };
  }

  wayTo(x: number, y: number): number {
    return actionTowards(this.state, x, y);
  }
}
