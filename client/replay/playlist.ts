import type { Replay } from '../../shared/replay.ts';

/** Index of the episode to show after `currentId`: the next in order; −1 where there is none. */
export function following(episodes: readonly Replay[], currentId: string | undefined): number {
  const at = episodes.findIndex((episode) => episode.id === currentId);
  return at >= 0 && at + 1 < episodes.length ? at + 1 : -1;
}

/**
 * Index of the episode to show when following live: the newest not yet shown, then the newest there
 * is, so that the stage is never empty; −1 where there are no episodes at all.
 */
export function newestUnseen(episodes: readonly Replay[], shown: ReadonlySet<string>): number {
  const unseen = episodes.findLastIndex(({ id }) => !shown.has(id));
  return unseen >= 0 ? unseen : episodes.length - 1;
}
