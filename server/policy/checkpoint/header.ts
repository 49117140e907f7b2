import { quoted } from '../../../shared/text.ts';
import { CheckpointError } from './errors.ts';

/** Number formats that can be read; the last two become 32-bit floats. */
export const FILE_DTYPES = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  U8: 1,
  BOOL: 1,
  F16: 2,
  BF16: 2,
} as const;

export type FileDtype = keyof typeof FILE_DTYPES;

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The limit of other implementations: a longer header is an attack or noise. */
export const MAX_HEADER_BYTES = 100_000_000;

const ENTRY_KEYS = ['dtype', 'shape', 'data_offsets'];

/**
 * Finds a key that an object of this (syntactically valid) JSON text holds twice: `JSON.parse`
 * would silently keep the last one.
 */
function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
      const keys = open.at(-1);
      if (!keys || !isKey(json, i + 1)) continue;
      const key: string = JSON.parse(json.slice(start, i + 1));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** Whether what follows a string at `i` makes it a key. */
function isKey(json: string, i: number): boolean {
  let at = i;
  while (' \t\n\r'.includes(json[at])) at++;
  return json[at] === ':';
}

function isPaddedObject(text: string): boolean {
  let end = text.length;
  while (text[end - 1] === ' ') end--;
  return text[0] === '{' && text[end - 1] === '}';
}

function readEntry(name: string, value: unknown, dataBytes: number): HeaderEntry {
  const field = `tensor ${quoted(name)}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError(field, 'expected an object with dtype, shape and data_offsets');
  const extra = Object.keys(value).find((key) => !ENTRY_KEYS.includes(key));
  if (extra !== undefined)
    throw new CheckpointError(
      field,
      `unknown key ${quoted(extra)}, expected ${ENTRY_KEYS.join(', ')}`,
    );
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(FILE_DTYPES, dtype))
    throw new CheckpointError(
      `${field}.dtype`,
      `got ${quoted(dtype)}, expected one of ${Object.keys(FILE_DTYPES).join(', ')}`,
    );
  if (!isCounts(shape))
    throw new CheckpointError(
      `${field}.shape`,
      `got ${quoted(shape)}, expected non-negative integers`,
    );
  if (!isCounts(offsets) || offsets.length !== 2)
    throw new CheckpointError(
      `${field}.data_offsets`,
      `got ${quoted(offsets)}, expected two non-negative integers`,
    );
  const [begin, end] = offsets;
  if (begin > end || end > dataBytes)
    throw new CheckpointError(
      `${field}.data_offsets`,
      `got ${quoted(offsets)}, expected a range inside the ${dataBytes} bytes of data`,
    );
  const size = FILE_DTYPES[dtype as FileDtype];
  const needed = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, size);
  if (needed !== end - begin)
    throw new CheckpointError(
      `${field}.data_offsets`,
      `${dtype} of shape ${quoted(shape)} takes ${needed} bytes, the range holds ${end - begin}`,
    );
  return { name, dtype: dtype as FileDtype, shape, begin, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

function readMetadata(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError('__metadata__', 'expected an object of strings');
  const bad = Object.entries(value).find(([, v]) => typeof v !== 'string');
  if (bad)
    throw new CheckpointError(`__metadata__.${bad[0]}`, `got ${quoted(bad[1])}, expected a string`);
  return value as Record<string, string>;
}

/** Tensors must fill the data from its first byte to its last, without holes or overlaps. */
function checkCoverage(entries: readonly HeaderEntry[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at)
      throw new CheckpointError(
        `tensor ${quoted(name)}.data_offsets`,
        begin < at
          ? `starts at byte ${begin} and overlaps a tensor that ends at ${at}`
          : `starts at byte ${begin}, leaving a hole from byte ${at}`,
      );
    at = end;
  }
  if (at !== dataBytes)
    throw new CheckpointError(
      'data',
      `the tensors end at byte ${at}, but ${dataBytes - at} more bytes follow`,
    );
}

/**
 * Reads and checks everything before a safetensors file's data.
 * @returns the header, its tensors in the order of their data, and the offset of the data.
 * @throws CheckpointError naming the first part that is wrong.
 */
export function readHeader(bytes: Uint8Array): Header & { dataOffset: number } {
  if (bytes.length < 8)
    throw new CheckpointError('header', `the file has ${bytes.length} bytes, expected at least 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    throw new CheckpointError(
      'header',
      `says it is ${length} bytes long, expected at most ${MAX_HEADER_BYTES}`,
    );
  const dataOffset = 8 + Number(length);
  if (dataOffset > bytes.length)
    throw new CheckpointError(
      'header',
      `says it is ${length} bytes long, but only ${bytes.length - 8} follow`,
    );
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(8, dataOffset),
    );
    json = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError('header', `is not JSON text (${(error as Error).message})`);
  }
  if (!isPaddedObject(text))
    throw new CheckpointError('header', 'is not one JSON object followed by spaces alone');
  const twice = findDuplicateKey(text);
  if (twice !== undefined)
    throw new CheckpointError('header', `holds the name ${quoted(twice)} twice`);

  const dataBytes = bytes.length - dataOffset;
  let metadata: Record<string, string> = {};
  const entries: HeaderEntry[] = [];
  for (const [name, value] of Object.entries(json as object)) {
    if (name === '__metadata__') metadata = readMetadata(value);
    else entries.push(readEntry(name, value, dataBytes));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, dataBytes);
  return { entries, metadata, dataOffset };
}

/** The bytes before the data: length, JSON, spaces up to a multiple of 8. */
export function writeHeader({ entries, metadata }: Header): Uint8Array {
  const fields: [string, unknown][] = entries.map(({ name, dtype, shape, begin, end }) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  // Written by hand, not through an object: a tensor may bear any name, "__proto__" or "7" too.
  const json = [['__metadata__', metadata] as const, ...fields]
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',');
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER_BYTES)
    throw new CheckpointError(
      'header',
      `would be ${length} bytes, expected at most ${MAX_HEADER_BYTES}`,
    );
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
