/** What is known of a checkpoint when it is decided which to keep. */
export interface Keepable {
  updates: number;
  bytes: number;
  /** Held-out success of exactly these weights, where they were tested. */
  evalSuccess?: number;
  /** Forced to the disk itself: outlives a power cut. */
  synced?: boolean;
}

export interface RetentionLimits {
  /** Bytes of one run's checkpoints. Only what is always kept may pass it. */
  bytes: number;
  /** Checkpoints of one run. */
  count: number;
}

/** Always kept: this many newest ones (the next in case the newest is damaged), and the best. */
export const KEPT_NEWEST = 3;

/**
 * The checkpoints that stay, newest first: the newest few, the newest one that outlives a power cut,
 * the best by held-out success (of equals the newer), and of the rest a history that grows thinner
 * with age, as much of it as the limits allow. Calling it after each new checkpoint and deleting the
 * rest leaves a history whose gaps grow in proportion to age.
 */
export function retained<T extends Keepable>(
  checkpoints: readonly T[],
  limits: RetentionLimits,
): T[] {
  const kept = [...checkpoints].sort((a, b) => b.updates - a.updates);
  const fixed = new Set<T>(kept.slice(0, KEPT_NEWEST));
  const synced = kept.find((item) => item.synced);
  if (synced) fixed.add(synced);
  const best = bestOf(kept);
  if (best) fixed.add(best);
  let bytes = kept.reduce((sum, item) => sum + item.bytes, 0);
  while (kept.length > limits.count || bytes > limits.bytes) {
    const victim = leastMissed(kept, fixed);
    if (victim === undefined) break;
    for (const item of kept.splice(victim, 1)) bytes -= item.bytes;
  }
  return kept;
}

/** The one with the highest held-out success; of equals the newer. */
export function bestOf<T extends Keepable>(checkpoints: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const item of checkpoints) {
    if (item.evalSuccess === undefined) continue;
    const lead = item.evalSuccess - (best?.evalSuccess ?? -1);
    if (lead > 0 || (lead === 0 && item.updates > (best?.updates ?? 0))) best = item;
  }
  return best;
}

/** Index of the checkpoint whose neighbours lie closest together, measured by the ratio of their ages. */
function leastMissed<T extends Keepable>(kept: readonly T[], fixed: Set<T>): number | undefined {
  const newest = kept[0]?.updates ?? 0;
  const ages = kept.map(({ updates }) => newest - updates + 1);
  let least: number | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [i, item] of kept.entries()) {
    const newer = ages[i - 1];
    if (newer === undefined || fixed.has(item)) continue;
    // The oldest has no neighbour behind it: it goes last.
    const ratio = (ages[i + 1] ?? Number.MAX_VALUE) / newer;
    if (ratio < smallest) {
      smallest = ratio;
      least = i;
    }
  }
  return least;
}
