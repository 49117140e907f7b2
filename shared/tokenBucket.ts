export interface Rate {
  perSecond: number;
  burst: number;
}

/** Lets so much through each second, and up to `burst` at once. */
export class TokenBucket {
  private readonly rate: Rate;
  private readonly now: () => number;
  private allowance: number;
  private last: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(rate: Rate, now: () => number) {
    this.rate = rate;
    this.now = now;
    this.allowance = rate.burst;
    this.last = now();
  }

  /** True where `amount` may pass now, which is then used up. */
  take(amount = 1): boolean {
    if (!this.has(amount)) return false;
    this.allowance -= amount;
    return true;
  }

  /** Uses up `amount` in any case, down to a debt of at most `deepest`. */
  charge(amount: number, deepest: number): void {
    this.has(0);
    this.allowance = Math.max(-deepest, this.allowance - amount);
  }

  /** True where `amount` could pass now. */
  has(amount = 1): boolean {
    const now = this.now();
    const { perSecond, burst } = this.rate;
    this.allowance = Math.min(burst, this.allowance + ((now - this.last) / 1000) * perSecond);
    this.last = now;
    return this.allowance >= amount;
  }
}
