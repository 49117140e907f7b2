import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../../../shared/properties.testing.ts';
import { CheckpointError } from './errors.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts';

/** A file from a header of any content and its data. */
function fileOf(header: unknown, data: number[] | Uint8Array = [], padding = ''): Uint8Array {
  const json = (typeof header === 'string' ? header : JSON.stringify(header)) + padding;
  const text = new TextEncoder().encode(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.of(...length, ...text, ...data);
}

const sample = new Map<string, StoredTensor>([
  ['bytes', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ['b/half', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, 3e38) }],
  ['a', { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) }],
  ['long', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
  ['int', { dtype: 'I32', shape: [1, 1], data: Int32Array.of(-7) }],
  ['flag', { dtype: 'BOOL', shape: [3], data: Uint8Array.of(0, 1, 1) }],
  ['empty', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
  ['__proto__', { dtype: 'I32', shape: [1], data: Int32Array.of(1) }],
]);

test('all formats survive, and so do metadata and odd names', () => {
  const bytes = writeSafetensors(sample, { note: 'zwölf "Boxen"', __proto__x: '' });
  const { tensors, metadata } = readSafetensors(bytes);
  expect(new Map([...tensors].sort())).toEqual(new Map([...sample].sort()));
  expect(metadata).toEqual({ note: 'zwölf "Boxen"', __proto__x: '' });
  // The order in which tensors were added does not show.
  expect(writeSafetensors(new Map([...sample].reverse()), metadata)).toEqual(bytes);
  // Data starts on a multiple of 8 and wide numbers come first, so a reader may map them in place.
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(header % 8).toBe(0);
});

test('a file given as a view into something larger reads the same, and its tensors are copies', () => {
  const bytes = writeSafetensors(sample);
  const larger = Buffer.alloc(bytes.length + 5, 9);
  larger.set(bytes, 3);
  const { tensors } = readSafetensors(larger.subarray(3, 3 + bytes.length));
  larger.fill(0);
  expect(tensors.get('int')?.data).toEqual(Int32Array.of(-7));
  expect(tensors.get('b/half')?.data.byteLength).toBe(
    tensors.get('b/half')?.data.buffer.byteLength,
  );
});

test('half and bfloat16 numbers are widened', () => {
  const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfe00, 0x8000);
  const brain = Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0x0001);
  const data = [...new Uint8Array(half.buffer), ...new Uint8Array(brain.buffer)];
  const { tensors } = readSafetensors(
    fileOf(
      {
        half: { dtype: 'F16', shape: [7], data_offsets: [0, 14] },
        brain: { dtype: 'BF16', shape: [4], data_offsets: [14, 22] },
      },
      data,
    ),
  );
  expect(tensors.get('half')).toEqual({
    dtype: 'F32',
    storedAs: 'F16',
    shape: [7],
    data: Float32Array.of(1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, Number.NaN, -0),
  });
  expect(tensors.get('brain')).toEqual({
    dtype: 'F32',
    storedAs: 'BF16',
    shape: [4],
    data: Float32Array.of(1, -3.140625, Number.POSITIVE_INFINITY, 2 ** -133),
  });
});

const one = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
const four = [0, 0, 0, 0];

test.each<[string, Uint8Array, RegExp]>([
  ['nothing', new Uint8Array(0), /^header: the file has 0 bytes/],
  ['a cut length', new Uint8Array(7), /^header: the file has 7 bytes/],
  [
    'a cut header',
    fileOf({ a: one }, four).slice(0, 20),
    /^header: says it is \d+ bytes long, but only 12/,
  ],
  ['a huge header', new Uint8Array(8).fill(255), /^header: says it is 18446744073709551615 bytes/],
  ['text', new TextEncoder().encode('PK not a weight file'), /^header: /],
  ['no JSON', fileOf('{"a":'), /^header: is not JSON/],
  ['bad UTF-8', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 123, 255, 125), /^header: is not JSON/],
  ['a list', fileOf('[]'), /^header: is not one JSON object/],
  ['a tab after the header', fileOf({ a: one }, four, '\t'), /^header: is not one JSON object/],
  [
    'a name twice',
    fileOf(`{"a":${JSON.stringify(one)}, "\\u0061" : ${JSON.stringify(one)}}`, four),
    /^header: holds the name "a" twice/,
  ],
  [
    'a key twice',
    fileOf('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', four),
    /^header: holds the name "dtype" twice/,
  ],
  ['no object', fileOf({ a: 1 }), /^tensor "a": expected an object/],
  [
    'an unknown key',
    fileOf({ a: { ...one, strides: [1] } }, four),
    /^tensor "a": unknown key "strides"/,
  ],
  [
    'an unknown format',
    fileOf({ a: { ...one, dtype: 'F8' } }, four),
    /^tensor "a"\.dtype: got "F8", expected one of F64/,
  ],
  [
    'a format from the prototype',
    fileOf({ a: { ...one, dtype: 'toString' } }, four),
    /^tensor "a"\.dtype/,
  ],
  [
    'a negative size',
    fileOf({ a: { ...one, shape: [-1] } }, four),
    /^tensor "a"\.shape: got \[-1\]/,
  ],
  ['half a size', fileOf({ a: { ...one, shape: [0.5] } }, four), /^tensor "a"\.shape/],
  [
    'no shape',
    fileOf({ a: { dtype: 'F32', data_offsets: [0, 4] } }, four),
    /^tensor "a"\.shape: got nothing/,
  ],
  [
    'a shape that is too big',
    fileOf({ a: { ...one, shape: [2] } }, four),
    /^tensor "a"\.data_offsets: F32 of shape \[2\] takes 8 bytes/,
  ],
  [
    'a shape that overflows',
    fileOf({ a: { ...one, shape: [2 ** 52, 2 ** 52] } }, four),
    /^tensor "a"\.data_offsets: F32 of shape/,
  ],
  [
    'one offset',
    fileOf({ a: { ...one, data_offsets: [0] } }, four),
    /^tensor "a"\.data_offsets: got \[0\]/,
  ],
  [
    'offsets out of order',
    fileOf({ a: { ...one, data_offsets: [4, 0] } }, four),
    /^tensor "a"\.data_offsets: got \[4,0\], expected a range/,
  ],
  [
    'offsets out of range',
    fileOf({ a: { ...one, data_offsets: [4, 8] } }, four),
    /^tensor "a"\.data_offsets: .*inside the 4 bytes/,
  ],
  [
    'an overlap',
    fileOf(
      { a: { ...one, shape: [2], data_offsets: [0, 8] }, b: { ...one, data_offsets: [4, 8] } },
      [...four, ...four],
    ),
    /^tensor "b"\.data_offsets: starts at byte 4 and overlaps/,
  ],
  [
    'a hole',
    fileOf({ a: { ...one, data_offsets: [4, 8] } }, [...four, ...four]),
    /^tensor "a"\.data_offsets: starts at byte 4, leaving a hole/,
  ],
  [
    'bytes left over',
    fileOf({ a: one }, [...four, 1]),
    /^data: the tensors end at byte 4, but 1 more/,
  ],
  ['a cut file', fileOf({ a: one }, [0, 0, 0]), /^tensor "a"\.data_offsets: /],
  ['metadata that are no strings', fileOf({ __metadata__: { x: 1 } }), /^__metadata__\.x: got 1/],
  ['metadata that are no object', fileOf({ __metadata__: [] }), /^__metadata__: expected/],
  [
    'a BOOL of 2',
    fileOf({ a: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, [2]),
    /^tensor "a": holds a BOOL/,
  ],
])('%s is refused by the part that is wrong', (_, bytes, message) => {
  expect(() => readSafetensors(bytes)).toThrow(CheckpointError);
  expect(() => readSafetensors(bytes)).toThrow(message);
});

test('the writer refuses data that do not fit the shape', () => {
  const wrong = { dtype: 'F32', shape: [3], data: new Float32Array(2) } as const;
  expect(() => writeSafetensors(new Map([['w', wrong]]))).toThrow(
    /^tensor "w": F32 of shape \[3\] needs Float32Array of 3, got Float32Array of 2/,
  );
  expect(() => writeSafetensors(new Map([['__metadata__', { ...wrong, shape: [2] }]]))).toThrow(
    /^tensor "__metadata__"/,
  );
});

/** Reading gives a result or one CheckpointError, never anything else. */
function readsOrRefuses(bytes: Uint8Array): void {
  try {
    readSafetensors(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(/^(header|data|__metadata__|tensor )/);
  }
}

test('damaged files and noise never crash the reader', () => {
  const good = writeSafetensors(sample, { note: 'x' });
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  holds(
    fc.property(damage, fc.integer({ min: 0, max: good.length }), (changes, end) => {
      const bytes = good.slice();
      for (const [at, flip] of changes) bytes[at] ^= flip;
      readsOrRefuses(bytes);
      readsOrRefuses(bytes.slice(0, end));
    }),
    { runs: 600 },
  );
  holds(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.json(), (noise, json) => {
      readsOrRefuses(noise);
      readsOrRefuses(fileOf(json, noise));
    }),
    { runs: 400 },
  );
});

test('any tensors survive a round trip', () => {
  const tensor = fc
    .tuple(fc.array(fc.nat(4), { maxLength: 3 }), fc.constantFrom('F32', 'I32', 'U8', 'F64'))
    .map(([shape, dtype]): StoredTensor => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: size }, (_, i) => (i * 37 + 11) % 251);
      if (dtype === 'F32') return { dtype, shape, data: Float32Array.from(values) };
      if (dtype === 'I32') return { dtype, shape, data: Int32Array.from(values) };
      if (dtype === 'F64') return { dtype, shape, data: Float64Array.from(values) };
      return { dtype: 'U8', shape, data: Uint8Array.from(values) };
    });
  const names = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__');
  holds(
    fc.property(fc.dictionary(names, tensor), (record) => {
      const tensors = new Map(Object.entries(record));
      const read = readSafetensors(writeSafetensors(tensors)).tensors;
      expect(read.size).toBe(tensors.size);
      for (const [name, value] of tensors) expect(read.get(name)).toEqual(value);
    }),
    { runs: 100 },
  );
});
