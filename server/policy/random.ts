/** In Jest's sandbox a look-up of a global costs more than drawing a number. */
const { abs, cos, floor, imul, log, PI, sqrt } = Math;

/** Small seeded generator (xoshiro128**) for weights, sampling and shuffles. Its whole state is four words. */
export class Random {
  readonly state: Uint32Array;

  /** @param seed any number; equal seeds give equal streams. `stream` tells apart generators of one seed. */
  constructor(seed: number, stream = 0) {
    // splitmix32 spreads nearby seeds over the whole state.
    let s =
      (imul(seed >>> 0, 0x9e3779b9) ^
        imul(floor(seed / 2 ** 32), 0x85ebca6b) ^
        imul(stream + 1, 0xc2b2ae35)) >>>
      0;
    this.state = new Uint32Array(4).map(() => {
      s = (s + 0x9e3779b9) >>> 0;
      let z = s;
      z = imul(z ^ (z >>> 16), 0x21f0aaad);
      z = imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    });
  }

  /** Next 32 bits. */
  next(): number {
    const s = this.state;
    const product = imul(s[1], 5);
    const result = imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  /** Uniform whole number in [0, n). */
  below(n: number): number {
    return floor(this.uniform() * n);
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    return sqrt(-2 * log(1 - this.uniform())) * cos(2 * PI * this.uniform());
  }

  /** Normal, cut at two standard deviations and rescaled to unit variance: HRM draws weights and initial states so. */
  truncatedNormal(): number {
    for (;;) {
      const x = this.normal();
      if (abs(x) <= 2) return x / 0.8796256610342398;
    }
  }

  /** Fisher–Yates in place. */
  shuffle(items: Int32Array): Int32Array {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }

  /** Index drawn from `count` probabilities at `offset`. */
  categorical(probabilities: Float32Array, offset: number, count: number): number {
    let left = this.uniform();
    for (let i = 0; i < count - 1; i++) {
      left -= probabilities[offset + i];
      if (left < 0) return i;
    }
    return count - 1;
  }
}
