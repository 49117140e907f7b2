import { Action, ObjectType } from '../../../shared/constants.ts';
import {
  cellAhead,
  cellAt,
  describeCarried,
  describeCell,
  isOpenDoor,
} from '../../selectors/world.ts';
import { type EpisodeView, frameAt } from '../../store/frames.ts';

export type HappeningKind = 'pickup' | 'drop' | 'open' | 'close' | 'part' | 'bump' | 'useless';

/** Something that a step brought about, for the timeline's lane of events. */
export interface Happening {
  step: number;
  kind: HappeningKind;
  text: string;
}

const happeningsOf = new WeakMap<EpisodeView, readonly Happening[]>();

/** What happened in an episode, in order; at most one entry a step, the most telling. */
export function happenings(episode: EpisodeView): readonly Happening[] {
  let found = happeningsOf.get(episode);
  if (!found) {
    found = episode.replay.actions.flatMap(
      (action, step) => happeningAt(episode, step, action) ?? [],
    );
    happeningsOf.set(episode, found);
  }
  return found;
}

function happeningAt(episode: EpisodeView, step: number, action: number): Happening | undefined {
  const { replay, width, height } = episode;
  const [before, after] = [frameAt(episode, step), frameAt(episode, step + 1)];
  const say = (kind: HappeningKind, text: string): Happening => ({ step, kind, text });
  if (!before.carrying && after.carrying) {
    return say('pickup', `picks up the ${describeCarried(after.carrying)}`);
  }
  if (before.carrying && !after.carrying) {
    return say('drop', `puts down the ${describeCarried(before.carrying)}`);
  }
  if (before.grid !== after.grid && action === Action.toggle) {
    const door = changedDoor(episode, step);
    if (door) return door;
    return say('open', 'opens a box');
  }
  if ((replay.rewards.subgoal?.[step] ?? 0) > 0) return say('part', 'does a part of the mission');
  if (
    action === Action.forward &&
    before.agentX === after.agentX &&
    before.agentY === after.agentY
  ) {
    return say('bump', 'bumps into what is ahead');
  }
  const handles = action === Action.pickup || action === Action.drop || action === Action.toggle;
  if (!handles || before.grid !== after.grid) return undefined;
  const { x, y } = cellAhead(before);
  const front = cellAt(before, width, height, x, y);
  return say('useless', `handles the ${describeCell(front)} without effect`);
}

function changedDoor(episode: EpisodeView, step: number): Happening | undefined {
  const { width, height } = episode;
  const [before, after] = [frameAt(episode, step), frameAt(episode, step + 1)];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const was = cellAt(before, width, height, x, y);
      const is = cellAt(after, width, height, x, y);
      if (was?.type !== ObjectType.door || is?.type !== ObjectType.door) continue;
      if (was.state === is.state) continue;
      const kind = isOpenDoor(is) ? 'open' : 'close';
      return { step, kind, text: `${kind}s the ${describeCell({ ...is, state: was.state })}` };
    }
  }
  return undefined;
}
