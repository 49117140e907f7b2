import { cellAhead, type EpisodeView } from '../../selectors/world.ts';
import type { Position } from '../../store/frames.ts';

/** The first step after which the agent stands on a cell or faces it; undefined where it never does. */
export function facedFirst(
  { frames }: Pick<EpisodeView, 'frames'>,
  { x, y }: Position,
): number | undefined {
  const step = frames.findIndex((frame) => {
    const ahead = cellAhead(frame);
    return (frame.agentX === x && frame.agentY === y) || (ahead.x === x && ahead.y === y);
  });
  return step < 0 ? undefined : step;
}
