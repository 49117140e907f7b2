/** Does something at once or soon, but when soon is enough not more often than once in a while. */
export class Paced {
  private readonly gapMs: number;
  private readonly action: () => void;
  private last = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(gapMs: number, action: () => void) {
    this.gapMs = gapMs;
    this.action = action;
  }

  now(): void {
    this.stop();
    this.last = performance.now();
    this.action();
  }

  /** At once where the last time is long ago, else when it is. */
  soon(): void {
    const wait = this.last + this.gapMs - performance.now();
    if (wait <= 0) this.now();
    else if (!this.timer) {
      this.timer = setTimeout(() => this.now(), wait);
      this.timer.unref();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
