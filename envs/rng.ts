// Longer than most files: NumPy's SeedSequence and PCG64, which are defined together.
/**
 * numpy's default generator, draw for draw: `SeedSequence` → `PCG64` → `Generator.integers/uniform`.
 *
 * The 128-bit state is held as six limbs of 24 bits in doubles: a product of two limbs has 48 bits, so
 * a column of up to six of them plus a carry stays below 2^53 and is exact. No BigInt on this path.
 */

/** State of a generator as numpy shows it (`bit_generator.state`): 128-bit numbers as 32 hex digits. */
export interface GeneratorState {
  readonly state: string;
  readonly inc: string;
  readonly has_uint32: number;
  readonly uinteger: number;
}

export type Seed = number | bigint;

/** Throws unless `seed` is what numpy accepts: an integer from 0 up, exactly representable. */
export function assertSeed(seed: Seed): void {
  const valid = typeof seed === 'bigint' ? seed >= 0n : Number.isSafeInteger(seed) && seed >= 0;
  if (!valid)
    throw new RangeError(
      `seed is ${String(seed)}; accepted: whole numbers from 0 to 2^53 - 1, or a non-negative bigint`,
    );
}

const scratchWords: number[] = [];
const pool = new Int32Array(4);

/** 32-bit words of a seed, lowest first; 0 is one word. The returned array is reused by the next call. */
function seedWords(seed: Seed): readonly number[] {
  scratchWords.length = 0;
  if (typeof seed === 'number') {
    scratchWords.push(seed | 0);
    const high = Math.floor(seed / 0x1_0000_0000);
    if (high > 0) scratchWords.push(high | 0);
    // `seed | 0` is taken modulo 2^32 only below 2^53, which assertSeed has made sure of.
  } else {
    let rest = seed;
    do {
      scratchWords.push(Number(rest & 0xffffffffn) | 0);
      rest >>= 32n;
    } while (rest > 0n);
  }
  return scratchWords;
}

let hashConstant = 0;
function hashWord(word: number): number {
  let value = word ^ hashConstant;
  hashConstant = Math.imul(hashConstant, 0x931e8875);
  value = Math.imul(value, hashConstant);
  return value ^ (value >>> 16);
}
function mixWords(x: number, y: number): number {
  const mixed = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
  return mixed ^ (mixed >>> 16);
}

/** Fills the entropy pool of numpy's `SeedSequence(seed)`. */
function fillPool(seed: Seed): void {
  const words = seedWords(seed);
  hashConstant = 0x43b0d7e5 | 0;
  for (let i = 0; i < 4; i++) pool[i] = hashWord(i < words.length ? words[i] : 0);
  for (let source = 0; source < 4; source++)
    for (let target = 0; target < 4; target++)
      if (source !== target) pool[target] = mixWords(pool[target], hashWord(pool[source]));
  for (let i = 4; i < words.length; i++)
    for (let target = 0; target < 4; target++)
      pool[target] = mixWords(pool[target], hashWord(words[i]));
}

function emitWords(words: Int32Array | Uint32Array): void {
  let constant = 0x8b51f9dd | 0;
  for (let i = 0; i < words.length; i++) {
    let value = pool[i & 3] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    words[i] = value ^ (value >>> 16);
  }
}

/** `SeedSequence(seed)`: its pool, and `generate_state(count)` as 32-bit words. */
export function seedSequence(seed: Seed, count: number): { pool: number[]; words: number[] } {
  assertSeed(seed);
  fillPool(seed);
  const words = new Uint32Array(count);
  emitWords(words);
  return { pool: Array.from(new Uint32Array(pool)), words: Array.from(words) };
}

const seedState = new Int32Array(8);
const TWO_24 = 0x100_0000;
const TWO_32 = 0x1_0000_0000;
const INV_24 = 1 / TWO_24;
const INV_32 = 1 / TWO_32;
// PCG64's multiplier 0x2360ed051fc65da44385df649fccf645, 24 bits at a time, lowest first.
const M0 = 0xccf645;
const M1 = 0xdf649f;
const M2 = 0xa44385;
const M3 = 0x1fc65d;
const M4 = 0x60ed05;
const M5 = 0x23;

/** Splits four 32-bit words (lowest first) into six 24-bit limbs. */
function limbsFromWords(limbs: Float64Array, w0: number, w1: number, w2: number, w3: number): void {
  limbs[0] = w0 & 0xffffff;
  limbs[1] = (w0 >>> 24) | ((w1 & 0xffff) << 8);
  limbs[2] = (w1 >>> 16) | ((w2 & 0xff) << 16);
  limbs[3] = w2 >>> 8;
  limbs[4] = w3 & 0xffffff;
  limbs[5] = w3 >>> 24;
}

function limbsToHex(limbs: Float64Array): string {
  let text = limbs[5].toString(16).padStart(2, '0');
  for (let i = 4; i >= 0; i--) text += limbs[i].toString(16).padStart(6, '0');
  return text;
}
function limbsFromHex(limbs: Float64Array, hex: string): void {
  const text = hex.padStart(32, '0');
  limbs[5] = Number.parseInt(text.slice(0, 2), 16);
  for (let i = 4; i >= 0; i--)
    limbs[i] = Number.parseInt(text.slice(2 + (4 - i) * 6, 8 + (4 - i) * 6), 16);
}

/** Length of a `save` record. */
export const GENERATOR_RECORD = 14;

/** `numpy.random.Generator(PCG64(seed))`, as far as Minigrid's levels use it. */
export class Generator {
  private readonly state = new Float64Array(6);
  private readonly inc = new Float64Array(6);
  private hasUint32 = false;
  private uinteger = 0;
  /** Halves of the newest 64-bit output, as signed 32-bit integers. */
  private low = 0;
  private high = 0;

  constructor(seed: Seed = 0) {
    this.seed(seed);
  }

  /** Starts the stream of `seed` afresh. */
  seed(seed: Seed): void {
    assertSeed(seed);
    fillPool(seed);
    const w = seedState;
    emitWords(w);
    // 64-bit words are emitted low half first; the first of a pair is the high one.
    const inc = this.inc;
    limbsFromWords(
      inc,
      (w[6] << 1) | 1,
      (w[7] << 1) | (w[6] >>> 31),
      (w[4] << 1) | (w[7] >>> 31),
      (w[5] << 1) | (w[4] >>> 31),
    );
    const state = this.state;
    limbsFromWords(state, w[2], w[3], w[0], w[1]);
    let carry = 0;
    for (let i = 0; i < 6; i++) {
      const sum = state[i] + inc[i] + carry;
      carry = sum >= TWO_24 ? 1 : 0;
      state[i] = sum - carry * TWO_24;
    }
    state[5] %= 256;
    this.advance();
    this.hasUint32 = false;
    this.uinteger = 0;
  }

  /** state = state * multiplier + inc (mod 2^128). */
  private advance(): void {
    const s = this.state;
    const c = this.inc;
    const a0 = s[0];
    const a1 = s[1];
    const a2 = s[2];
    const a3 = s[3];
    const a4 = s[4];
    let sum = a0 * M0 + c[0];
    let carry = Math.floor(sum * INV_24);
    s[0] = sum - carry * TWO_24;
    sum = a0 * M1 + a1 * M0 + c[1] + carry;
    carry = Math.floor(sum * INV_24);
    s[1] = sum - carry * TWO_24;
    sum = a0 * M2 + a1 * M1 + a2 * M0 + c[2] + carry;
    carry = Math.floor(sum * INV_24);
    s[2] = sum - carry * TWO_24;
    sum = a0 * M3 + a1 * M2 + a2 * M1 + a3 * M0 + c[3] + carry;
    carry = Math.floor(sum * INV_24);
    s[3] = sum - carry * TWO_24;
    sum = a0 * M4 + a1 * M3 + a2 * M2 + a3 * M1 + a4 * M0 + c[4] + carry;
    carry = Math.floor(sum * INV_24);
    s[4] = sum - carry * TWO_24;
    sum = a0 * M5 + a1 * M4 + a2 * M3 + a3 * M2 + a4 * M1 + s[5] * M0 + c[5] + carry;
    s[5] = sum - Math.floor(sum * (1 / 256)) * 256;
  }

  /** Draws 64 bits into `high` and `low` (PCG XSL-RR). */
  private next64(): void {
    this.advance();
    const s = this.state;
    const l1 = s[1] | 0;
    const l2 = s[2] | 0;
    const w3 = s[4] | (s[5] << 24);
    const x0 = (s[0] | (l1 << 24)) ^ ((l2 >>> 16) | (s[3] << 8));
    const x1 = ((l1 >>> 8) | (l2 << 16)) ^ w3;
    const rotation = w3 >>> 26;
    const swap = rotation >= 32;
    const low = swap ? x1 : x0;
    const high = swap ? x0 : x1;
    const r = rotation & 31;
    // Two shifts, because a shift by 32 would be one by 0.
    this.low = (low >>> r) | ((high << 1) << (31 - r));
    this.high = (high >>> r) | ((low << 1) << (31 - r));
  }

  /** The next 32 bits, 0 to 2^32 - 1: each 64-bit draw serves two calls, low half first. */
  next32(): number {
    if (this.hasUint32) {
      this.hasUint32 = false;
      return this.uinteger >>> 0;
    }
    this.next64();
    this.hasUint32 = true;
    this.uinteger = this.high;
    return this.low >>> 0;
  }

  /** `integers(low, high)`: a whole number in [low, high); a range of one value draws nothing. */
  integers(low: number, high: number): number {
    const n = high - low;
    if (n <= 0x20_0000 && n > 1) {
      // Lemire's method; the product of 32 and 21 bits is exact in a double.
      let product = this.next32() * n;
      let quotient = Math.floor(product * INV_32);
      let rest = product - quotient * TWO_32;
      if (rest < n) {
        const threshold = (TWO_32 - n) % n;
        while (rest < threshold) {
          product = this.next32() * n;
          quotient = Math.floor(product * INV_32);
          rest = product - quotient * TWO_32;
        }
      }
      return low + quotient;
    }
    if (n === 1) return low;
    return Number(this.bigIntegers(BigInt(low), BigInt(high)));
  }

  /** `integers` over the whole 64-bit range; slow, for ranges that levels never ask for. */
  bigIntegers(low: bigint, high: bigint): bigint {
    const n = high - low;
    if (n <= 0n || n > 1n << 64n)
      throw new RangeError(`integers(${low}, ${high}): accepted: 1 to 2^64 values`);
    if (n === 1n) return low;
    const bits = n <= 1n << 32n ? 32n : 64n;
    const size = 1n << bits;
    const draw = () => (bits === 32n ? BigInt(this.next32()) : this.nextBig64());
    if (n === size) return low + draw();
    const threshold = (size - n) % n;
    let product = draw() * n;
    while ((product & (size - 1n)) < threshold) product = draw() * n;
    return low + (product >> bits);
  }

  /** The next 64 bits; neither uses nor discards a kept 32-bit half. */
  nextBig64(): bigint {
    this.next64();
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  /** `uniform(low, high)`: a double in [low, high). */
  uniform(low: number, high: number): number {
    this.next64();
    const mantissa = (this.high >>> 0) * 0x20_0000 + (this.low >>> 11);
    return low + (high - low) * (mantissa / 0x20_0000_0000_0000);
  }

  /** numpy's `bit_generator.state`. */
  getState(): GeneratorState {
    return {
      state: limbsToHex(this.state),
      inc: limbsToHex(this.inc),
      has_uint32: this.hasUint32 ? 1 : 0,
      uinteger: this.uinteger >>> 0,
    };
  }

  setState(from: GeneratorState): void {
    limbsFromHex(this.state, from.state);
    limbsFromHex(this.inc, from.inc);
    this.hasUint32 = from.has_uint32 === 1;
    this.uinteger = from.uinteger | 0;
  }

  /** Writes the generator into `GENERATOR_RECORD` doubles. */
  save(into: Float64Array): void {
    into.set(this.state, 0);
    into.set(this.inc, 6);
    into[12] = this.hasUint32 ? 1 : 0;
    into[13] = this.uinteger;
  }

  load(from: Float64Array): void {
    for (let i = 0; i < 6; i++) {
      this.state[i] = from[i];
      this.inc[i] = from[6 + i];
    }
    this.hasUint32 = from[12] === 1;
    this.uinteger = from[13];
  }
}
