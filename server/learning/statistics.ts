/** The newest `size` numbers and their mean. */
export class RunningMean {
  private readonly values: Float64Array;
  private count = 0;

  constructor(size: number) {
    this.values = new Float64Array(size);
  }

  add(value: number): void {
    this.values[this.count++ % this.values.length] = value;
  }

  /** The numbers kept, oldest first. */
  list(): number[] {
    const n = this.filled;
    return Array.from(
      { length: n },
      (_, i) => this.values[(this.count - n + i) % this.values.length],
    );
  }

  get filled(): number {
    return Math.min(this.count, this.values.length);
  }

  /** NaN before the first value. */
  get mean(): number {
    const n = this.filled;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += this.values[i];
    return sum / n;
  }
}
