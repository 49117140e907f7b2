import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../../../shared/properties.testing.ts';
import {
  type CheckpointContent,
  decodeCheckpoint,
  encodeCheckpoint,
  expectWeights,
  loadCheckpoint,
  saveCheckpoint,
  weightsHash,
} from './checkpoint.ts';
import { CheckpointError } from './errors.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const f32 = (shape: number[], ...values: number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});

const content: CheckpointContent = {
  architecture: 'hrm',
  config: { width: 2, heads: 1, name: 'nano' },
  history: [
    { stage: 'clone', levels: ['BabyAI-GoToLocal-v0'], steps: 100, seconds: 1.5 },
    { stage: 'ppo', levels: ['BabyAI-GoToLocal-v0'], steps: 2000, seconds: 9 },
  ],
  seeds: { weights: 1, worlds: 123456789012 },
  run: { envSteps: 2000, random: [1, 2, 3, 4] },
  tensors: new Map<string, StoredTensor>([
    ['L.weight', f32([2, 2], 1, 2, 3, 4)],
    ['H.weight', f32([2], -1, 0.5)],
    ['run.adam.m', f32([2], 0.25, 0.125)],
  ]),
};

test('a checkpoint comes back as it was saved, and leaves no other file', async () => {
  const path = join(folder, 'nano.safetensors');
  const saved = await saveCheckpoint(path, content);
  const again = await saveCheckpoint(path, content);
  expect(again).toEqual(saved);
  expect(readdirSync(folder)).toEqual(['nano.safetensors']);
  const { info, tensors } = await loadCheckpoint(path);
  const { tensors: given, ...rest } = content;
  expect(info).toEqual({
    ...rest,
    format: 'planner-and-doer',
    formatVersion: 1,
    weightsHash: saved.weightsHash,
  });
  expect(new Map([...tensors].sort())).toEqual(new Map([...given].sort()));
  expect(saved.bytes).toBe(readFileSync(path).length);
  // What Python's safetensors would see: one string of JSON in the metadata.
  const { metadata } = readSafetensors(readFileSync(path));
  expect(JSON.parse(metadata.checkpoint).config.name).toBe('nano');
});

test('a save that fails leaves the old file and nothing beside it', async () => {
  const path = join(folder, 'kept.safetensors');
  await saveCheckpoint(path, content);
  const before = readFileSync(path);
  const bad = { ...content, tensors: new Map([['w', f32([3], 1)]]) };
  await expect(saveCheckpoint(path, bad)).rejects.toThrow(/^tensor "w"/);
  await expect(saveCheckpoint(join(folder, 'no/such/folder'), content)).rejects.toThrow(/ENOENT/);
  expect(readFileSync(path)).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('the weights hash sees every bit of the weights, and nothing of the run', () => {
  const hash = weightsHash(content.tensors);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(weightsHash(new Map([...content.tensors].reverse()))).toBe(hash);
  const change = (name: string, tensor: StoredTensor) =>
    weightsHash(new Map([...content.tensors, [name, tensor]]));
  expect(change('run.adam.m', f32([1], 9))).toBe(hash);
  expect(change('H.weight', f32([2], -1, 0.5 + 2 ** -24))).not.toBe(hash);
  expect(change('H.weight', f32([1, 2], -1, 0.5))).not.toBe(hash);
  expect(change('extra', f32([0]))).not.toBe(hash);
});

test('every damaged byte is noticed', () => {
  const good = encodeCheckpoint(content);
  for (let at = 0; at < good.length; at++) {
    const bytes = good.slice();
    bytes[at] ^= [1, 0x29, 0x80][at % 3];
    expect(() => decodeCheckpoint(bytes)).toThrow(CheckpointError);
  }
});

test('any damage gives one clear error', () => {
  const good = encodeCheckpoint(content);
  const spot = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }));
  holds(
    fc.property(
      fc.array(spot, { minLength: 1, maxLength: 5 }),
      fc.nat(good.length),
      (spots, cut) => {
        const bytes = good.slice();
        for (const [at, flip] of spots) bytes[at] ^= flip;
        // Two flips of one byte may undo each other.
        if (Buffer.compare(bytes, good) !== 0)
          expect(() => decodeCheckpoint(bytes)).toThrow(CheckpointError);
        if (cut < good.length)
          expect(() => decodeCheckpoint(good.slice(0, cut))).toThrow(CheckpointError);
      },
    ),
    { runs: 400 },
  );
});

test('foreign files are refused by what they lack', async () => {
  const path = join(folder, 'foreign.safetensors');
  writeFileSync(path, writeSafetensors(content.tensors, { format: 'pt' }));
  const loading = loadCheckpoint(path);
  await expect(loading).rejects.toThrow(CheckpointError);
  await expect(loading).rejects.toThrow(
    `${path}: __metadata__.checkpoint: is missing: a safetensors file, but not a checkpoint of this program`,
  );
  await expect(loading).rejects.toMatchObject({ field: '__metadata__.checkpoint' });
  await expect(loadCheckpoint(join(folder, 'absent'))).rejects.toThrow(/ENOENT/);
});

test.each<[string, string | Uint8Array]>([
  ['an empty file', ''],
  ['a ZIP archive', 'PK\u0003\u0004 a PyTorch file is a zip'],
  ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'],
  ['a web page', '<!DOCTYPE html><title>404</title>'],
  ['a gzip archive', gzipSync(encodeCheckpoint(content))],
  ['JSON text', '{"weights": []}'],
])('%s in place of weights is called that', async (kind, bytes) => {
  const path = join(folder, 'other.safetensors');
  writeFileSync(path, bytes);
  await expect(loadCheckpoint(path)).rejects.toThrow(
    new RegExp(`^.*other\\.safetensors: file: is ${kind}.*; accepted: a safetensors file`),
  );
});

test('a folder in place of weights is called that', async () => {
  await expect(loadCheckpoint(folder)).rejects.toThrow(`${folder}: file: is a folder; accepted`);
});

test.each<[string, unknown, string]>([
  ['format', 'other', 'got "other", expected "planner-and-doer"'],
  ['formatVersion', 2, 'got 2, expected 1'],
  ['architecture', 3, 'got 3, expected a string'],
  ['config', [], 'got [], expected an object'],
  ['history', [1], 'got [1], expected a list of objects'],
  ['seeds', { a: '1' }, 'got {"a":"1"}, expected an object of numbers'],
  ['weightsHash', undefined, 'got nothing, expected a string'],
  ['run', 1, 'got 1, expected an object'],
])('a description with a wrong %s is refused by name', (field, value, message) => {
  const { metadata, tensors } = readSafetensors(encodeCheckpoint(content));
  const info = { ...JSON.parse(metadata.checkpoint), [field]: value };
  const bytes = writeSafetensors(tensors, { ...metadata, checkpoint: JSON.stringify(info) });
  expect(() => decodeCheckpoint(bytes)).toThrow(`checkpoint.${field}: ${message}`);
});

test('weights that do not fit are refused by the tensor', () => {
  const shapes = new Map([
    ['L.weight', [2, 2]],
    ['H.weight', [2]],
  ]);
  const check = (name: string, tensor?: StoredTensor) => {
    const tensors = new Map(content.tensors);
    if (tensor) tensors.set(name, tensor);
    else tensors.delete(name);
    return () => expectWeights(tensors, shapes);
  };
  expect(() => expectWeights(content.tensors, shapes)).not.toThrow();
  expect(check('H.weight')).toThrow('tensor "H.weight": is missing, expected F32 of shape [2]');
  expect(check('H.weight', f32([1, 2], 1, 2))).toThrow(
    'tensor "H.weight".shape: got [1,2], expected [2]',
  );
  const ints: StoredTensor = { dtype: 'I32', shape: [2], data: Int32Array.of(1, 2) };
  expect(check('H.weight', ints)).toThrow('tensor "H.weight".dtype: got I32, expected F32');
  expect(check('H.weight', f32([2], 1, Number.NaN))).toThrow(
    'tensor "H.weight": holds NaN at index 1, expected finite numbers',
  );
  expect(check('other', f32([0]))).toThrow('tensor "other": is not part of this architecture');
});

/** Reads the file as the format's documentation says, in another language. */
const PYTHON = `
import hashlib, json, struct, sys
raw = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", raw[:8])
head = json.loads(raw[8:8 + n])
meta = head.pop("__metadata__")
data = raw[8 + n:]
out = {k: struct.unpack("<%df" % ((v["data_offsets"][1] - v["data_offsets"][0]) // 4), data[slice(*v["data_offsets"])]) for k, v in head.items()}
print(json.dumps({"info": json.loads(meta["checkpoint"]), "tensors": out, "hash": hashlib.sha256(data).hexdigest() == meta["data_sha256"]}))
`;

function pythonThere(): boolean {
  try {
    execFileSync('python3', ['-c', '0']);
    return true;
  } catch {
    return false;
  }
}

(pythonThere() ? test : test.skip)(
  'Python reads it with nothing but its standard library',
  async () => {
    const path = join(folder, 'python.safetensors');
    await saveCheckpoint(path, content);
    const seen = JSON.parse(execFileSync('python3', ['-c', PYTHON, path], { encoding: 'utf8' }));
    expect(seen.hash).toBe(true);
    expect(seen.info.seeds).toEqual(content.seeds);
    expect(seen.tensors['L.weight']).toEqual([1, 2, 3, 4]);
  },
);
