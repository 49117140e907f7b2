import type { Box } from '../overlays/placeLabel.ts';
import { type EpisodeView, frameAt, objectsOf } from '../selectors/world.ts';
import type { Layout } from './layout.ts';

/** A cell of the world in stage pixels. */
export function cellBox({ size, originX, originY }: Layout, x: number, y: number): Box {
  return { left: originX + x * size, top: originY + y * size, width: size, height: size };
}

/** Remembers the last answer: as long as nothing changes, the same list comes back. */
export function createOccupied() {
  let boxes: readonly Box[] = [];
  let made: unknown[] = [];
  /** Cells that labels keep off at a frame: every object, the agent, and where it goes next. */
  return (episode: EpisodeView, frame: number, layout: Layout): readonly Box[] => {
    const key = [episode, frame, layout.size, layout.originX, layout.originY];
    if (key.every((value, i) => value === made[i])) return boxes;
    made = key;
    const now = frameAt(episode, frame);
    const next = frameAt(episode, frame + 1);
    boxes = [
      ...objectsOf(episode, frame),
      { x: now.agentX, y: now.agentY },
      { x: next.agentX, y: next.agentY },
    ].map(({ x, y }) => cellBox(layout, x, y));
    return boxes;
  };
}
