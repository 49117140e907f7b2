import { Generator, type GeneratorState, seedSequence } from '../../envs/rng.ts';
import { firstDifference, type Tally } from './files.ts';

type Call = readonly [method: string, ...args: (number | string)[]];
interface RngRow {
  readonly seed: string;
  readonly generate_state_uint32_x16: readonly number[];
  readonly generate_state_uint64_x4: readonly string[];
  readonly pool: readonly number[];
  readonly pcg64_state: string;
  readonly pcg64_inc: string;
  readonly next_uint64_x20: readonly string[];
  readonly calls: Readonly<
    Record<string, { out: readonly (string | number)[]; end: Omit<GeneratorState, 'inc'> }>
  >;
}
export interface RngFile {
  readonly scripts: Readonly<Record<string, readonly Call[]>>;
  readonly rows: readonly RngRow[];
}

/** Checks SeedSequence, PCG64 and the generator's methods against numpy's; one row for each seed. */
export function checkRng(tally: Tally, file: string, data: RngFile): void {
  data.rows.forEach((row, index) => {
    tally.check(file, index, () => compareSeed(row, data.scripts));
  });
  tally.fileDone(file);
}

function compareSeed(row: RngRow, scripts: RngFile['scripts']): string | undefined {
  const big = BigInt(row.seed);
  const seed = big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
  const { pool, words } = seedSequence(seed, 16);
  const generator = new Generator(seed);
  const start = generator.getState();
  const difference = firstDifference(
    ['pool', pool, row.pool],
    ['generate_state_uint32', words, row.generate_state_uint32_x16],
    [
      'generate_state_uint64',
      [0, 2, 4, 6].map((i) => wide(words, i)),
      row.generate_state_uint64_x4,
    ],
    ['state', start.state, row.pcg64_state],
    ['inc', start.inc, row.pcg64_inc],
    ['state of the same seed as bigint', new Generator(big).getState(), start],
    [
      'next_uint64',
      row.next_uint64_x20.map(() => generator.nextBig64().toString(16).padStart(16, '0')),
      row.next_uint64_x20,
    ],
  );
  if (difference !== undefined) return difference;
  for (const [name, { out, end }] of Object.entries(row.calls)) {
    const fresh = new Generator(seed);
    const outputs = scripts[name].map((call) => run(fresh, call));
    const { state, has_uint32, uinteger } = fresh.getState();
    const wrong = firstDifference(
      [name, outputs, out],
      [`${name}: state`, state, end.state],
      [`${name}: kept half`, [has_uint32, uinteger], [end.has_uint32, end.uinteger]],
    );
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wide(words: readonly number[], at: number): string {
  const hex = (word: number) => word.toString(16).padStart(8, '0');
  return hex(words[at + 1]) + hex(words[at]);
}

function run(generator: Generator, [method, ...args]: Call): string | number {
  if (method === 'random') return generator.uniform(0, 1);
  if (method === 'uniform') return generator.uniform(Number(args[0]), Number(args[1]));
  const [low, high] = args.map(BigInt);
  const narrow = high - low < 1n << 53n;
  return narrow
    ? String(generator.integers(Number(low), Number(high)))
    : String(generator.bigIntegers(low, high));
}
