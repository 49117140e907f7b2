import type { Chapter } from '../../../shared/story/types.ts';

/** A place in a story: a chapter and a step of the episode that is played in it. */
export interface StoryPlace {
  chapter: number;
  step: number;
}

/** Frames of each chapter in one of the story's worlds; none of one that is gone. */
export function lengthsOf(chapters: readonly Chapter[], world: number): number[] {
  return chapters.map(({ replays }) => {
    const steps = replays[world]?.outcome.steps;
    return steps === undefined ? 0 : steps + 1;
  });
}

/** The frame of the whole story at a place. */
export function frameOf(lengths: readonly number[], { chapter, step }: StoryPlace): number {
  const before = lengths.slice(0, chapter).reduce((sum, length) => sum + length, 0);
  return before + Math.min(step, Math.max(0, (lengths[chapter] ?? 0) - 1));
}

/** The place of a frame of the whole story; the last one for those beyond it. Undefined where nothing is played. */
export function placeOf(lengths: readonly number[], frame: number): StoryPlace | undefined {
  let left = Math.max(0, Math.floor(frame));
  let last: StoryPlace | undefined;
  for (const [chapter, length] of lengths.entries()) {
    if (length === 0) continue;
    if (left < length) return { chapter, step: left };
    left -= length;
    last = { chapter, step: length - 1 };
  }
  return last;
}

/** The next chapter that is played after this one. */
export function nextChapter(lengths: readonly number[], chapter: number): number | undefined {
  const next = lengths.findIndex((length, i) => i > chapter && length > 0);
  return next < 0 ? undefined : next;
}
