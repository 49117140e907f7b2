import { createHash } from 'node:crypto';
import type { Replay } from '../../shared/replay.ts';

/**
 * `rec-` and 20 hex digits of the content's SHA-256: the same episode always gets the same id, in
 * whatever order its fields stand. One that was sent to a viewer and back has them in the schema's.
 */
export function recordingIdOf(replay: Replay): string {
  const text = JSON.stringify(replay, sorted);
  return `rec-${createHash('sha256').update(text).digest('hex').slice(0, 20)}`;
}

function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
