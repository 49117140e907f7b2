import { Bot } from '../../envs/bot/index.ts';
import { packCell } from '../../envs/cells.ts';
import {
  BabyAIEpisode,
  StepEvent,
  viewToWorldX,
  viewToWorldY,
  visibilityMask,
} from '../../envs/index.ts';
import { drawCells } from '../../envs/thumbnail.ts';
import { VIEW_SIZE } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import type { Frame } from '../store/frames.ts';
import type { PageTask, PageWorld } from './task.ts';

export const babyai: PageTask = {
  owns: (levelId) => /^(BabyAI-|mission:|layout:)/.test(levelId),
  createWorld: (levelId, seed, recording = false) => new BabyAIWorld(levelId, seed, recording),
  draw({ width, height, frames, replay }, step, withTrail) {
    const frame = at(frames, step);
    return drawCells({
      width,
      height,
      codeAt(x, y) {
        const cell = (x * height + y) * 3;
        return packCell(at(frame.grid, cell), at(frame.grid, cell + 1), at(frame.grid, cell + 2));
      },
      agent: { x: frame.agentX, y: frame.agentY, dir: frame.direction },
      trail: withTrail
        ? frames.slice(0, step + 1).map(({ agentX, agentY }) => ({ x: agentX, y: agentY }))
        : undefined,
      title: replay.mission,
    });
  },
};

class BabyAIWorld extends BabyAIEpisode implements PageWorld {
  constructor(levelId: string, seed: number, recording: boolean) {
    super(levelId, { recording });
    this.begin(seed);
  }

  stateHash(): number {
    return this.env.stateHash();
  }

  frame(before: Frame | undefined): Frame {
    const { event, state } = this.env;
    const held = state.carrying;
    const carrying =
      held < 0
        ? undefined
        : { type: at(state.objectType, held), color: at(state.objectColor, held) };
    const pose = { agentX: state.agentX, agentY: state.agentY, direction: state.agentDir };
    const isSame = event === StepEvent.useless || event === StepEvent.bumped;
    if (before && isSame) return { ...before, ...pose, carrying };
    const visible = this.visibleCells();
    const hasMoved = event === StepEvent.moved || event === StepEvent.turned;
    return {
      ...pose,
      carrying,
      grid: before && hasMoved ? before.grid : state.gridBytes(),
      visible,
      seen: before ? union(before.seen, visible) : visible,
    };
  }

  /** World cells that the agent sees now, at `x * height + y`. */
  private visibleCells(): Uint8Array {
    const { state } = this.env;
    const cells = new Uint8Array(state.width * state.height);
    visibilityMask(state, mask);
    for (let vx = 0; vx < VIEW_SIZE; vx++) {
      for (let vy = 0; vy < VIEW_SIZE; vy++) {
        if (!mask[vx * VIEW_SIZE + vy]) continue;
        const x = viewToWorldX(state, vx, vy);
        const y = viewToWorldY(state, vx, vy);
        if (state.isInside(x, y)) cells[x * state.height + y] = 1;
      }
    }
    return cells;
  }

  expert() {
    const bot = new Bot(this.env);
    return (taken?: number) => {
      const decision = bot.next(taken);
      return 'stuck' in decision ? undefined : decision.action;
    };
  }
}

const mask = new Uint8Array(VIEW_SIZE * VIEW_SIZE);

/** Both sets together; the first array itself where the second adds nothing. */
function union(known: Uint8Array, added: Uint8Array): Uint8Array {
  let result = known;
  for (let i = 0; i < added.length; i++) {
    if (!added[i] || result[i]) continue;
    if (result === known) result = known.slice();
    result[i] = 1;
  }
  return result;
}
