import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { foreignKind } from '../../../shared/foreignFile.ts';
import { quoted } from '../../../shared/text.ts';
import { CheckpointError } from './errors.ts';
import type { HeaderEntry } from './header.ts';
import { readHeader } from './header.ts';
import {
  assembleFile,
  packTensors,
  readSafetensors,
  type StoredTensor,
  type TensorMap,
} from './safetensors.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const FORMAT = 'planner-and-doer';
const FORMAT_VERSION = 1;

/** Tensors under this prefix (optimiser moments and the like) belong to a run, not to the network. */
export const RUN_PREFIX = 'run.';

/** Description of the tensors: the JSON string `checkpoint` in the file's metadata. */
export interface CheckpointDescription {
  readonly format: typeof FORMAT;
  readonly formatVersion: typeof FORMAT_VERSION;
  /** Which network the weights are of. */
  readonly architecture: string;
  /** All sizes and options that are needed to build it. */
  readonly config: JsonObject;
  /** What was done to the weights, oldest first: one object for each stage of training. */
  readonly history: readonly JsonObject[];
  /** Every seed that the weights depend on. */
  readonly seeds: Readonly<Record<string, number>>;
  /** `weightsHash` of the tensors outside `run.`. */
  readonly weightsHash: string;
  /** What is needed to resume a run, beside the tensors under `run.`. */
  readonly run?: JsonObject;
}

export type CheckpointContent = Omit<
  CheckpointDescription,
  'format' | 'formatVersion' | 'weightsHash'
> & {
  readonly tensors: TensorMap;
};

export interface LoadedCheckpoint {
  readonly info: CheckpointDescription;
  readonly tensors: Map<string, StoredTensor>;
}

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/**
 * SHA-256 (hex) over name, format, shape and bytes of every tensor outside `run.`, by name: equal
 * exactly when all weights are equal bit for bit.
 */
export function weightsHash(tensors: TensorMap): string {
  const hash = createHash('sha256');
  const names = [...tensors.keys()].filter((name) => !name.startsWith(RUN_PREFIX)).sort();
  for (const name of names) {
    const { dtype, shape, data } = tensors.get(name) as StoredTensor;
    hash.update(`${JSON.stringify([name, dtype, shape])}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** Hash of what the data's hash leaves out: the description and the table of tensors. */
function headerHash(checkpoint: string, entries: readonly HeaderEntry[]): string {
  const table = entries.map(({ name, dtype, shape, begin, end }) => [
    name,
    dtype,
    shape,
    begin,
    end,
  ]);
  return sha256(checkpoint, '\n', JSON.stringify(table));
}

/** A checkpoint as the bytes of one safetensors file. */
export function encodeCheckpoint(content: CheckpointContent): Uint8Array {
  return encode(content).bytes;
}

function encode(content: CheckpointContent): { bytes: Uint8Array; info: CheckpointDescription } {
  const { tensors, architecture, config, history, seeds, run } = content;
  const info: CheckpointDescription = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    architecture,
    config,
    history,
    seeds,
    weightsHash: weightsHash(tensors),
    ...(run === undefined ? {} : { run }),
  };
  const packed = packTensors(tensors);
  const checkpoint = JSON.stringify(info);
  const bytes = assembleFile(packed, {
    checkpoint,
    data_sha256: sha256(packed.data),
    header_sha256: headerHash(checkpoint, packed.entries),
  });
  return { bytes, info };
}

export const isObject = (x: unknown): x is JsonObject =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

function parseInfo(text: string): CheckpointDescription {
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError('checkpoint', `is not JSON (${(error as Error).message})`);
  }
  if (!isObject(info)) throw new CheckpointError('checkpoint', 'expected an object');
  const check = (field: string, ok: boolean, expected: string) => {
    if (!ok)
      throw new CheckpointError(
        `checkpoint.${field}`,
        `got ${quoted(info[field])}, expected ${expected}`,
      );
  };
  check('format', info.format === FORMAT, `"${FORMAT}"`);
  check('formatVersion', info.formatVersion === FORMAT_VERSION, `${FORMAT_VERSION}`);
  check('architecture', typeof info.architecture === 'string', 'a string');
  check('config', isObject(info.config), 'an object');
  check(
    'history',
    Array.isArray(info.history) && info.history.every(isObject),
    'a list of objects',
  );
  check(
    'seeds',
    isObject(info.seeds) && Object.values(info.seeds).every((x) => typeof x === 'number'),
    'an object of numbers',
  );
  check('weightsHash', typeof info.weightsHash === 'string', 'a string');
  check('run', info.run === undefined || isObject(info.run), 'an object');
  // Cast: every field has been checked above.
  return info as unknown as CheckpointDescription;
}

function required(metadata: Readonly<Record<string, string>>, key: string): string {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (value === undefined)
    throw new CheckpointError(
      `__metadata__.${key}`,
      'is missing: a safetensors file, but not a checkpoint of this program',
    );
  return value;
}

/**
 * The inverse of `encodeCheckpoint`. A hash or the format's rules cover every byte.
 * @throws CheckpointError naming the part that is wrong, for any input.
 */
export function decodeCheckpoint(bytes: Uint8Array): LoadedCheckpoint {
  const { entries, metadata, dataOffset } = readHeader(bytes);
  const text = required(metadata, 'checkpoint');
  const info = parseInfo(text);
  if (required(metadata, 'header_sha256') !== headerHash(text, entries))
    throw new CheckpointError(
      'header_sha256',
      'does not match: description or tensor table damaged',
    );
  if (required(metadata, 'data_sha256') !== sha256(bytes.subarray(dataOffset)))
    throw new CheckpointError('data_sha256', 'does not match: the tensors are damaged');
  return { info, tensors: readSafetensors(bytes).tensors };
}

/** The largest finite number in 32 bits. */
const LARGEST = 3.4028234663852886e38;

const ACCEPTED = 'accepted: a safetensors file that this program has written';

/**
 * Reads a checkpoint from a file.
 * @throws CheckpointError, its message starting with the path, if the file is corrupt or foreign; the file system's
 * error if it cannot be read.
 */
export async function loadCheckpoint(path: string): Promise<LoadedCheckpoint> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EISDIR') throw error;
    throw new CheckpointError('file', `is a folder; ${ACCEPTED}`).inFile(path);
  });
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    const foreign = foreignKind(bytes.subarray(0, 512), 'safetensors');
    if (foreign !== undefined)
      throw new CheckpointError('file', `is ${foreign}; ${ACCEPTED}`).inFile(path);
    throw error instanceof CheckpointError ? error.inFile(path) : error;
  }
}

/**
 * Writes a checkpoint so that the path never holds half a file: to a temporary file beside it, which is flushed to the
 * disk and renamed. Without `sync` it is not flushed: a power cut may damage it, a crash cannot.
 */
export async function saveCheckpoint(
  path: string,
  content: CheckpointContent,
  { sync = true } = {},
): Promise<{ weightsHash: string; bytes: number }> {
  const { bytes, info } = encode(content);
  const temporary = `${path}.${process.pid}-${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (sync) await syncFolder(dirname(path));
  return { weightsHash: info.weightsHash, bytes: bytes.length };
}

/** Makes the rename durable. Some systems cannot open a folder; they do it themselves. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {}
}

export interface ExpectOptions {
  /** Tensors that may be there beside the expected ones; by default those under `run.`. */
  readonly allowed?: (name: string) => boolean;
}

/**
 * Checks that exactly the expected weights are there: F32, of these shapes, all finite.
 * @throws CheckpointError naming the tensor.
 */
export function expectWeights(
  tensors: TensorMap,
  shapes: ReadonlyMap<string, readonly number[]>,
  { allowed = (name) => name.startsWith(RUN_PREFIX) }: ExpectOptions = {},
): void {
  for (const [name, shape] of shapes) {
    const tensor = tensors.get(name);
    const field = `tensor "${name}"`;
    if (!tensor) throw new CheckpointError(field, `is missing, expected F32 of shape [${shape}]`);
    if (tensor.dtype !== 'F32')
      throw new CheckpointError(`${field}.dtype`, `got ${tensor.dtype}, expected F32`);
    if (tensor.shape.join() !== shape.join())
      throw new CheckpointError(`${field}.shape`, `got [${tensor.shape}], expected [${shape}]`);
    const bad = tensor.data.findIndex((x) => !(x >= -LARGEST && x <= LARGEST));
    if (bad >= 0)
      throw new CheckpointError(
        field,
        `holds ${tensor.data[bad]} at index ${bad}, expected finite numbers`,
      );
  }
  for (const name of tensors.keys())
    if (!shapes.has(name) && !allowed(name))
      throw new CheckpointError(`tensor "${name}"`, 'is not part of this architecture');
}
