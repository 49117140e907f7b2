import type { Random } from '../../policy/random.ts';

/** Draws of all kinds, each determined by the generator alone. */
export class Draw {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  chance(share: number): boolean {
    return this.random.uniform() < share;
  }

  /** 0 to below `count`. */
  index(count: number): number {
    return Math.floor(this.random.uniform() * count);
  }

  of<T>(items: readonly T[]): T {
    return items[this.index(items.length)];
  }

  text(most: number): string {
    const length = this.index(most + 1);
    let text = '';
    while (text.length < length) text += String.fromCodePoint(this.codePoint());
    return text;
  }

  private codePoint(): number {
    const kind = this.index(10);
    if (kind < 6) return 32 + this.index(95);
    if (kind === 6) return this.index(32);
    if (kind === 7) return 0x1f600 + this.index(60);
    // Half of a surrogate pair: not valid in UTF-8.
    return kind === 8 ? 0xd800 + this.index(0x400) : 0x80 + this.index(0xd000);
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.index(most + 1) }, () => this.index(256)));
  }
}

const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 1e-320, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e21],
];
const TEXTS = [
  '',
  ' ',
  '\0',
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '%2e%2e%2f',
  'run-',
  '; DROP TABLE runs; --',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  'null',
  'NaN',
  'mission:',
  'mission:go to',
  'mission:go to the red ball?roomSize=99999',
  'layout:',
  'layout:\n## ##\n',
  'layout:mission: go to the red ball\n\n## ## ##\n## A> rb\n',
  '\ud800',
  'ﷺ'.repeat(20),
];
const KEYS = ['__proto__', 'constructor', 'toString', 'length', 'then', 'toJSON', 'extra', '', '0'];

/** Any JSON value. */
export function anyValue(draw: Draw, depth = 3): unknown {
  const kind = draw.index(depth > 0 ? 11 : 7);
  if (kind < 2) return draw.of(NUMBERS);
  if (kind < 4) return draw.of(TEXTS);
  if (kind === 4) return draw.text(40);
  if (kind === 5) return draw.of([null, true, false]);
  if (kind === 6) return draw.random.uniform() * 10 ** draw.index(20);
  if (kind < 9) return Array.from({ length: draw.index(5) }, () => anyValue(draw, depth - 1));
  return objectOf(
    Array.from({ length: draw.index(5) }, () => [
      draw.chance(0.5) ? draw.of(KEYS) : draw.text(12),
      anyValue(draw, depth - 1),
    ]),
  );
}

/** Something nested very deeply. */
export function deepValue(draw: Draw): unknown {
  const levels = 100 + draw.index(4000);
  let value: unknown = draw.index(2);
  const asArray = draw.chance(0.5);
  for (let n = 0; n < levels; n++) value = asArray ? [value] : { a: value };
  return value;
}

/** Something that is long. */
export function hugeValue(draw: Draw): unknown {
  const size = 10 ** (2 + draw.index(4)) * (1 + draw.index(5));
  const kind = draw.index(4);
  if (kind === 0) return draw.of(['x', '\u0000', 'é', '\\"', '[']).repeat(size);
  if (kind === 1) return Array.from({ length: size }, () => 0);
  if (kind === 2) return Array.from({ length: size / 10 }, () => ({}));
  return objectOf(Array.from({ length: size / 10 }, (_, n) => [`k${n}`, n]));
}

/** Own keys only, including `__proto__`, as JSON.parse makes them. */
function objectOf(entries: [string, unknown][]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries)
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return object;
}

/** A copy with one value changed somewhere. */
export function mutated(draw: Draw, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return otherThan(draw, value);
  if (Array.isArray(value)) {
    const copy = [...value];
    const at = draw.index(copy.length + 1);
    if (at === copy.length) copy.push(anyValue(draw));
    else if (draw.chance(0.2)) copy.splice(at, 1);
    else copy[at] = mutated(draw, copy[at]);
    return copy;
  }
  const entries = Object.entries(value);
  const kind = draw.index(10);
  const at = draw.index(entries.length);
  if (entries.length === 0 || kind < 2) entries.push([draw.of(KEYS), anyValue(draw, 1)]);
  else if (kind === 2) entries.splice(at, 1);
  else entries[at] = [entries[at][0], mutated(draw, entries[at][1])];
  return objectOf(entries);
}

function otherThan(draw: Draw, value: unknown): unknown {
  const kind = draw.index(12);
  if (kind === 0) return deepValue(draw);
  if (kind === 1) return hugeValue(draw);
  if (typeof value === 'number' && kind < 6) return value + draw.of([-1, 1, 0.5, 1e9, -1e9]);
  if (typeof value === 'string' && kind < 6) {
    const at = draw.index(value.length + 1);
    return value.slice(0, at) + draw.text(4) + value.slice(at + draw.index(3));
  }
  return anyValue(draw);
}
