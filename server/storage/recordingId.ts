import { createHash } from 'node:crypto';
import type { Replay } from '../../shared/replay.ts';

/** `rec-` and 20 hex digits of the content's SHA-256: the same episode always gets the same id. */
export function recordingIdOf(replay: Replay): string {
  return `rec-${createHash('sha256').update(JSON.stringify(replay)).digest('hex').slice(0, 20)}`;
}
