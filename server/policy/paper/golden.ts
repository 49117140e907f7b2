import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readSafetensors, type SafetensorsFile, type StoredTensor } from '../checkpoint/index.ts';
import type { PuzzleBatch } from './act.ts';
import type { PaperArch } from './config.ts';

/** A folder with one recorded model: its configuration, weights, calls and gradients. */
export interface GoldenInstance {
  readonly arch: PaperArch;
  readonly folder: string;
  /** `hrm/rope` and so on, for messages. */
  readonly label: string;
}

const read = (path: string) =>
  existsSync(path)
    ? readFileSync(path)
    : existsSync(`${path}.gz`)
      ? gunzipSync(readFileSync(`${path}.gz`))
      : undefined;

/** Recorded models under `dir/hrm` and `dir/trm`, in order of name. */
export function findInstances(dir: string): GoldenInstance[] {
  const instances: GoldenInstance[] = [];
  for (const arch of ['hrm', 'trm'] as const) {
    const parent = join(dir, arch);
    if (!existsSync(parent) || !statSync(parent).isDirectory()) continue;
    for (const name of readdirSync(parent).sort()) {
      const folder = join(parent, name);
      if (statSync(folder).isDirectory() && read(join(folder, 'config.json')))
        instances.push({ arch, folder, label: `${arch}/${name}` });
    }
  }
  return instances;
}

/** Names of an instance's safetensors files that start with `prefix`, without `.safetensors` and `.gz`. */
export function filesOf(instance: GoldenInstance, prefix: string): string[] {
  const names = readdirSync(instance.folder)
    .map((file) => /^(.*)\.safetensors(?:\.gz)?$/.exec(file)?.[1])
    .filter((name) => name?.startsWith(prefix)) as string[];
  return [...new Set(names)].sort();
}

/** An instance's safetensors file, plain or gzipped. */
export function readGolden(instance: GoldenInstance, name: string): SafetensorsFile {
  const bytes = read(join(instance.folder, `${name}.safetensors`));
  if (!bytes) throw new Error(`${instance.label}/${name}.safetensors: missing`);
  return readSafetensors(bytes);
}

/** An instance's `config` object. */
export function readGoldenConfig(instance: GoldenInstance): unknown {
  return JSON.parse(String(read(join(instance.folder, 'config.json')))).config;
}

/** The tensors whose names start with `prefix`, by the rest of their names. */
export function group(file: SafetensorsFile, prefix: string): Map<string, StoredTensor> {
  const tensors = [...file.tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(tensors.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** A tensor's numbers as plain ones, whatever their format. */
export function numbersOf(tensor: StoredTensor): ArrayLike<number> {
  return tensor.dtype === 'I64' ? Array.from(tensor.data, Number) : tensor.data;
}

function integers(tensors: Map<string, StoredTensor>, name: string): Int32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`${name}: missing`);
  return Int32Array.from(numbersOf(tensor));
}

/** The batch kept under `inputs`, `labels` and `puzzle_identifiers`. */
export function batchOf(tensors: Map<string, StoredTensor>): PuzzleBatch {
  return {
    inputs: integers(tensors, 'inputs'),
    labels: integers(tensors, 'labels'),
    puzzleIdentifiers: integers(tensors, 'puzzle_identifiers'),
  };
}

/** The parts of a carry that are kept on the host, and its states as they were stored. */
export function carryOf(tensors: Map<string, StoredTensor>) {
  const data = new Map(
    [...tensors].map(([name, tensor]) => [name.replace('current_data.', ''), tensor]),
  );
  const state = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== 'F32') throw new Error(`${name}: missing or not F32`);
    return tensor;
  };
  return {
    zH: state('z_H'),
    zL: state('z_L'),
    steps: integers(tensors, 'steps'),
    halted: Uint8Array.from(integers(tensors, 'halted')),
    currentData: batchOf(data),
  };
}
