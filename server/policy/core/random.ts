/** A source of numbers, uniform in [0, 1). */
export type RandomSource = () => number;

/**
 * A small seeded generator (sfc32, its state filled by a 32-bit avalanche of the seed): the same
 * numbers on every platform. Not related to the worlds' generator, whose stream must not be touched.
 */
export function createRandom(seed: number): RandomSource {
  let word = Math.trunc(seed) >>> 0;
  // Seeds up to 2^53 all count, not just their low half.
  const high = Math.floor(Math.abs(Math.trunc(seed)) / 2 ** 32) >>> 0;
  const fill = () => {
    word = (word + 0x9e3779b9) >>> 0;
    let x = word ^ (word >>> 16);
    x = Math.imul(x, 0x21f0aaad);
    x ^= x >>> 15;
    x = Math.imul(x, 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  };
  let a = fill();
  let b = fill() ^ high;
  let c = fill();
  let counter = 1;
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/** Standard deviation of a standard normal that was cut off at ±2. */
const TRUNCATED_STD = 0.8796256610342398;

/**
 * Normal values cut off at two deviations and then widened so that their standard deviation is
 * really `std` (the initialisation of HRM's reference, which follows flax).
 */
export function truncatedNormal(random: RandomSource, size: number, std: number): Float32Array {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let x: number;
    do {
      x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    } while (Math.abs(x) > 2);
    values[i] = (x / TRUNCATED_STD) * std;
  }
  return values;
}
