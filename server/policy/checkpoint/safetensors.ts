import { CheckpointError } from './errors.ts';
import {
  FILE_DTYPES,
  type FileDtype,
  type HeaderEntry,
  readHeader,
  writeHeader,
} from './header.ts';

interface Arrays {
  F64: Float64Array;
  I64: BigInt64Array;
  F32: Float32Array;
  I32: Int32Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

export type Dtype = keyof Arrays;

/** A stored tensor: row-major data in an array of its own. BOOL is one byte a value, 0 or 1. */
export type StoredTensor = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: Arrays[D];
    /** The format in the file, where the values were widened to F32. */
    readonly storedAs?: 'F16' | 'BF16';
  };
}[Dtype];

export type TensorMap = ReadonlyMap<string, StoredTensor>;

const CONSTRUCTORS = {
  F64: Float64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1)
  throw new Error('safetensors files are little-endian; this machine is not');

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function widen(raw: Uint16Array, dtype: 'F16' | 'BF16'): Float32Array {
  if (dtype === 'F16') return Float32Array.from(raw, halfToFloat);
  return new Float32Array(Uint32Array.from(raw, (bits) => bits << 16).buffer);
}

function readTensor({ name, dtype, shape, begin, end }: HeaderEntry, data: Uint8Array) {
  // A copy: the file's bytes need not be aligned, and the tensor should not hold the file in memory.
  // (Not `slice`, which on Node's own Buffer is only a view.)
  const { buffer } = new Uint8Array(data.subarray(begin, end));
  if (dtype === 'F16' || dtype === 'BF16')
    return { dtype: 'F32', shape, data: widen(new Uint16Array(buffer), dtype), storedAs: dtype };
  const values = new CONSTRUCTORS[dtype](buffer);
  if (dtype === 'BOOL' && (values as Uint8Array).some((x) => x > 1))
    throw new CheckpointError(`tensor "${name}"`, 'holds a BOOL that is neither 0 nor 1');
  return { dtype, shape, data: values };
}

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data starts in the file. */
  readonly dataOffset: number;
}

/**
 * Reads a safetensors file: F32, F64, I32, I64, U8 and BOOL as they are, F16 and BF16 widened to F32.
 * @throws CheckpointError naming the part that is wrong, for any input.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { entries, metadata, dataOffset } = readHeader(bytes);
  const data = bytes.subarray(dataOffset);
  const tensors = new Map(
    entries.map((entry) => [entry.name, readTensor(entry, data) as StoredTensor]),
  );
  return { tensors, metadata, dataOffset };
}

export interface PackedTensors {
  readonly entries: HeaderEntry[];
  readonly data: Uint8Array;
}

/** Lays tensors out one after another, widest numbers first so that all are aligned, then by name. */
export function packTensors(tensors: TensorMap): PackedTensors {
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => FILE_DTYPES[y.dtype] - FILE_DTYPES[x.dtype] || (a < b ? -1 : 1),
  );
  const entries: HeaderEntry[] = [];
  let at = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (name === '__metadata__')
      throw new CheckpointError('tensor "__metadata__"', 'this name is taken by the format');
    // By name: an engine may hand out arrays of another realm, of which `instanceof` knows nothing.
    if (data.constructor.name !== CONSTRUCTORS[dtype].name || data.length !== count)
      throw new CheckpointError(
        `tensor "${name}"`,
        `${dtype} of shape [${shape}] needs ${CONSTRUCTORS[dtype].name} of ${count}, got ${data.constructor.name} of ${data.length}`,
      );
    entries.push({ name, dtype: dtype as FileDtype, shape, begin: at, end: at + data.byteLength });
    at += data.byteLength;
  }
  const packed = new Uint8Array(at);
  for (const [i, [, { data }]] of sorted.entries())
    packed.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), entries[i].begin);
  return { entries, data: packed };
}

/** Header and data as one file. */
export function assembleFile(
  { entries, data }: PackedTensors,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header = writeHeader({ entries, metadata });
  const file = new Uint8Array(header.length + data.length);
  file.set(header);
  file.set(data, header.length);
  return file;
}

/**
 * Writes a safetensors file; the same tensors and metadata always give the same bytes.
 * @throws CheckpointError where a tensor's shape and data do not fit each other.
 */
export function writeSafetensors(
  tensors: TensorMap,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return assembleFile(packTensors(tensors), metadata);
}
