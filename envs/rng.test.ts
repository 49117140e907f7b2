import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../shared/properties.testing.ts';
import { Generator, seedSequence } from './rng.ts';

/** PCG64 as its authors write it, in BigInt: slow and plain. */
class PlainPcg64 {
  private state = 0n;
  private readonly inc: bigint;
  constructor(seed: bigint) {
    const { words } = seedSequence(seed, 8);
    const wide = (i: number) => (BigInt(words[2 * i + 1]) << 32n) | BigInt(words[2 * i]);
    this.inc = BigInt.asUintN(128, (((wide(2) << 64n) | wide(3)) << 1n) | 1n);
    this.advance();
    this.state = BigInt.asUintN(128, this.state + ((wide(0) << 64n) | wide(1)));
    this.advance();
  }
  private advance(): void {
    this.state = BigInt.asUintN(128, this.state * 0x2360ed051fc65da44385df649fccf645n + this.inc);
  }
  next64(): bigint {
    this.advance();
    const mixed = (this.state >> 64n) ^ BigInt.asUintN(64, this.state);
    const r = this.state >> 122n;
    return BigInt.asUintN(64, (mixed >> r) | (mixed << (64n - r)));
  }
}

const anySeed = fc.oneof(
  fc.maxSafeNat(),
  fc.bigInt({ min: 0n, max: 1n << 200n }),
  fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);

test('64-bit outputs equal plain 128-bit arithmetic for any seed', () => {
  holds(
    fc.property(anySeed, (seed) => {
      const ours = new Generator(seed);
      const plain = new PlainPcg64(BigInt(seed));
      for (let k = 0; k < 20; k++) expect(ours.nextBig64()).toBe(plain.next64());
    }),
    { runs: 100 },
  );
});

test('the fast path of integers draws what the general one draws', () => {
  holds(
    fc.property(
      anySeed,
      fc.array(
        fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 2 ** 21 })),
        {
          minLength: 1,
          maxLength: 30,
        },
      ),
      (seed, ranges) => {
        const fast = new Generator(seed);
        const slow = new Generator(seed);
        for (const [low, size] of ranges) {
          const value = fast.integers(low, low + size);
          expect(value).toBe(Number(slow.bigIntegers(BigInt(low), BigInt(low + size))));
          expect(value >= low && value < low + size).toBe(true);
        }
        expect(fast.getState()).toEqual(slow.getState());
      },
    ),
    { runs: 100 },
  );
});

test('a generator goes on from a saved state, kept half included', () => {
  const from = new Generator(7);
  from.integers(0, 6);
  const byHex = new Generator(0);
  byHex.setState(from.getState());
  const record = new Float64Array(14);
  from.save(record);
  const byRecord = new Generator(0);
  byRecord.load(record);
  const expected = Array.from({ length: 9 }, () => from.integers(0, 1000));
  expect(Array.from({ length: 9 }, () => byHex.integers(0, 1000))).toEqual(expected);
  expect(Array.from({ length: 9 }, () => byRecord.integers(0, 1000))).toEqual(expected);
});

test('a range of one value draws nothing, an empty one is refused', () => {
  const generator = new Generator(3);
  const before = generator.getState();
  expect(generator.integers(5, 6)).toBe(5);
  expect(generator.getState()).toEqual(before);
  expect(() => generator.integers(5, 5)).toThrow('integers(5, 5)');
});

test.each([-1, 0.5, Number.NaN, 2 ** 53, -1n])('seed %s is refused', (seed) => {
  expect(() => new Generator(seed)).toThrow(/^seed is .*accepted: whole numbers from 0/);
});
