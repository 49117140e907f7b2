import type { Replay } from '../../shared/replay.ts';

/**
 * The newest episodes of a run that viewers were offered: what they may still record. Bounded in
 * number and in bytes; the oldest go first.
 */
export class EpisodeRing {
  private readonly items: { replay: Replay; bytes: number }[] = [];
  private bytes = 0;
  private readonly maxItems: number;
  private readonly maxBytes: number;

  constructor(maxItems: number, maxBytes: number) {
    this.maxItems = maxItems;
    this.maxBytes = maxBytes;
  }

  add(replay: Replay): void {
    const bytes = JSON.stringify(replay).length;
    this.items.push({ replay, bytes });
    this.bytes += bytes;
    while (
      this.items.length > this.maxItems ||
      (this.bytes > this.maxBytes && this.items.length > 1)
    )
      this.bytes -= this.items.shift()!.bytes;
  }

  find(episodeId: string): Replay | undefined {
    return this.items.find(({ replay }) => replay.id === episodeId)?.replay;
  }

  /** The newest ones that fit both limits (one always does), oldest first. */
  newest(maxItems: number, maxBytes: number): Replay[] {
    const chosen: Replay[] = [];
    let bytes = 0;
    for (const item of this.items.slice(-maxItems).reverse()) {
      bytes += item.bytes;
      if (chosen.length > 0 && bytes > maxBytes) break;
      chosen.unshift(item.replay);
    }
    return chosen;
  }
}

/** Lets `perSecond` things through each second, and up to `burst` at once. */
export class Throttle {
  private allowance: number;
  private last: number;
  private readonly perSecond: number;
  private readonly burst: number;
  private readonly now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(perSecond: number, burst: number, now: () => number = () => performance.now()) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.now = now;
    this.allowance = burst;
    this.last = now();
  }

  take(): boolean {
    const now = this.now();
    this.allowance = Math.min(
      this.burst,
      this.allowance + ((now - this.last) / 1000) * this.perSecond,
    );
    this.last = now;
    if (this.allowance < 1) return false;
    this.allowance -= 1;
    return true;
  }
}
