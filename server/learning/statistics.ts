/** 95 % Wilson score interval of a share: `hits` of `count`. [0, 1] when nothing was counted. */
export function wilsonInterval(hits: number, count: number): [number, number] {
  if (count === 0) return [0, 1];
  const z = 1.959963984540054;
  const p = hits / count;
  const scale = 1 + (z * z) / count;
  const centre = (p + (z * z) / (2 * count)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / count + (z * z) / (4 * count * count));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

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
