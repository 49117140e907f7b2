import type { RecordReason } from '../../../shared/intent.ts';
import type { RecordingInfo } from '../../../shared/protocol.ts';

/** What is looked for in the library; what is left out matches everything. */
export interface LibraryFilter {
  /** Words that all have to be in the name, the mission, the level or the tags. */
  text?: string;
  levelId?: string;
  outcome?: 'done' | 'failed';
  /** Steps of the episode. */
  fewest?: number;
  most?: number;
  /** The run that played it, and from which step of its training on. */
  runId?: string;
  trained?: number;
  /** Milliseconds since 1970. */
  since?: number;
  /** Why its run recorded it, or `person` for those that somebody did. */
  why?: RecordReason | 'person';
}

/** The recordings that match, in the order given. */
export function matching(
  recordings: readonly RecordingInfo[],
  filter: LibraryFilter,
): RecordingInfo[] {
  const words = (filter.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return recordings.filter((one) => {
    const said = [one.name ?? '', one.mission, one.levelId, ...(one.tags ?? [])]
      .join('\n')
      .toLowerCase();
    return (
      words.every((word) => said.includes(word)) &&
      (filter.levelId === undefined || one.levelId === filter.levelId) &&
      (filter.outcome === undefined || one.success === (filter.outcome === 'done')) &&
      one.steps >= (filter.fewest ?? 0) &&
      one.steps <= (filter.most ?? Number.POSITIVE_INFINITY) &&
      (filter.runId === undefined || one.runId === filter.runId) &&
      one.envSteps >= (filter.trained ?? 0) &&
      one.savedAt >= (filter.since ?? 0) &&
      (filter.why === undefined || (one.why ?? 'person') === filter.why)
    );
  });
}

/** The name that somebody gave it, else its mission. */
export function titleOf({ name, mission }: RecordingInfo): string {
  return name ?? mission;
}
