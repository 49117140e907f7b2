import {
  MAX_OWN_RECORDING_BYTES,
  MAX_OWN_RECORDINGS,
  type RecordIntent,
  type RecordPatch,
  type RecordReason,
} from '../../shared/intent.ts';
import type { RecordingInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { MAX_RECORDING_BYTES, MAX_RECORDINGS, type RunStore } from '../storage/store.ts';
import { taskOf } from '../tasks/index.ts';

/** A loop of fewer steps is none that anybody wants to see. */
const SHORTEST_LOOP = 8;
/** Held-out worlds of which it is known how they went. */
const KNOWN_WORLDS = 500;

/** Steps of the longest stretch of an episode's states that it had been in before, whatever the time. */
export function longestLoop({
  levelId,
  seed,
  actions,
}: Pick<Replay, 'levelId' | 'seed' | 'actions'>): number {
  const { episode } = taskOf(levelId).createWorld(levelId, {});
  episode.begin(seed);
  const seen = new Set([episode.worldHash()]);
  let longest = 0;
  let now = 0;
  for (const action of actions) {
    episode.step(action);
    const hash = episode.worldHash();
    now = seen.has(hash) ? now + 1 : 0;
    longest = Math.max(longest, now);
    seen.add(hash);
  }
  return longest;
}

/** The fewest steps in which each held-out world was done, by seed. */
export class DoneWorlds {
  private readonly steps = new Map<number, number>();

  /** Notes how an episode went; the steps that its world had taken where it was done before and is not now. */
  take({ seed, outcome, source }: Replay): number | undefined {
    if (source.kind !== 'evaluation') return undefined;
    const before = this.steps.get(seed);
    if (!outcome.success) return before;
    if (before === undefined && this.steps.size >= KNOWN_WORLDS) return undefined;
    this.steps.set(seed, Math.min(before ?? Number.POSITIVE_INFINITY, outcome.steps));
    return undefined;
  }
}

export interface IntentEvents {
  recorded(recording: RecordingInfo): unknown;
  unrecorded(recordingId: string): unknown;
}

/** Records episodes of a run as it was asked to, within bounds. */
export class IntentKeeper {
  private readonly store: RunStore;
  private readonly events: IntentEvents;
  private readonly worlds = new DoneWorlds();

  constructor(store: RunStore, events: IntentEvents) {
    this.store = store;
    this.events = events;
  }

  /**
   * Takes one episode that viewers were shown.
   * @param isFirstSuccess it is the run's first that was done
   * @returns what the run's intent is then; undefined where nothing changed. Throws a `StorageError`.
   */
  take(
    replay: Replay,
    isFirstSuccess: boolean,
    intent: RecordIntent | undefined,
  ): RecordIntent | undefined {
    const drop = this.worlds.take(replay);
    if (!intent) return undefined;
    let next = intent;
    if (next.next) {
      const kept = this.keep(replay, 'next', next);
      if (kept) next = { ...kept, next: next.next - 1 };
    }
    if (next.failures && !replay.outcome.success)
      next = this.keep(replay, 'failures', next) ?? next;
    if (next.firstSuccess && isFirstSuccess) next = this.keep(replay, 'firstSuccess', next) ?? next;
    if (next.longestLoop)
      next = this.keepBiggest(replay, 'longestLoop', 'loop', longestLoop(replay), next);
    if (next.regression && drop !== undefined)
      next = this.keepBiggest(replay, 'regression', 'drop', drop, next);
    return next === intent ? undefined : next;
  }

  /** The biggest loop is the longest; the biggest drop is of the world that had taken the fewest steps. */
  private keepBiggest(
    replay: Replay,
    why: RecordReason,
    part: 'loop' | 'drop',
    size: number,
    intent: RecordIntent,
  ): RecordIntent {
    const held = intent[part];
    if (part === 'loop' && size < Math.max(SHORTEST_LOOP, (held?.size ?? 0) + 1)) return intent;
    if (part === 'drop' && held && size >= held.size) return intent;
    const kept = this.keep(replay, why, intent, (recordingId) => ({
      [part]: { recordingId, size },
    }));
    if (!kept) return intent;
    // One that somebody named or tagged is no longer ours to remove.
    if (
      held &&
      held.recordingId !== kept[part]?.recordingId &&
      this.isOurs(held.recordingId, why)
    ) {
      if (this.store.deleteRecording(held.recordingId, Date.now()))
        this.events.unrecorded(held.recordingId);
      kept.made = Math.max(0, kept.made - 1);
    }
    return kept;
  }

  private isOurs(recordingId: string, why: RecordReason): boolean {
    const info = this.store.recordingInfo(recordingId);
    return info !== undefined && info.why === why && !info.name && !info.tags?.length;
  }

  private keep(
    replay: Replay,
    why: RecordReason,
    intent: RecordIntent,
    more: (recordingId: string) => Partial<RecordIntent> = () => ({}),
  ): RecordIntent | undefined {
    const bytes = JSON.stringify(replay).length;
    const all = this.store.recordingTotals();
    if (
      intent.made >= MAX_OWN_RECORDINGS ||
      intent.bytes + bytes > MAX_OWN_RECORDING_BYTES ||
      all.count >= MAX_RECORDINGS ||
      all.bytes >= MAX_RECORDING_BYTES
    )
      return undefined;
    const { recording, added } = this.store.saveRecording(replay, Date.now(), why);
    if (added) this.events.recorded(recording);
    return {
      ...intent,
      ...(added && { made: intent.made + 1, bytes: intent.bytes + bytes }),
      ...more(recording.id),
    };
  }
}

/** An intent after somebody changed it. What nothing is asked of any more is none. */
export function changedIntent(intent: RecordIntent | undefined, patch: RecordPatch): RecordIntent {
  return { made: 0, bytes: 0, ...intent, ...patch };
}
