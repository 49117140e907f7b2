import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../../shared/config.ts';
import { LOADER_ARGS } from '../processes/loader.ts';
import { versionOfPackage } from '../processes/version.ts';
import { writeWhole } from '../processes/wholeFile.ts';
import { buildFolder } from './buildFolder.ts';
import { tfjsNodePackage } from './tfjsNode.ts';
import { mayHaveGpu } from './webgpu.ts';
import type { WorkloadSource } from './workload.ts';

/** The result of probing one engine. */
export interface Finding {
  ok: boolean;
  /** Why it works, or why not. */
  reason: string;
  description: string;
  /** Samples of the workload that it plays and learns from in a second. */
  samplesPerSecond: number;
  /** Whether a CPU stands in for a GPU. */
  software: boolean;
  /** It did not answer in time; it may with more time. */
  late?: boolean;
}

export interface EngineReport extends Finding {
  name: EngineName;
  /** What a person could do to make it work or faster; empty where nothing. */
  whatToDo: string;
}

export interface Choice {
  name: EngineName;
  reason: string;
}

export interface Doctor {
  engines: EngineReport[];
  choice: Choice;
  /** The file that remembers the choice, for this machine and these versions. */
  cache: string;
}

export interface ChooseOptions {
  /** What engines are compared by. */
  workload: WorkloadSource;
  /** Where the choice is stored; by default the engine's own folder. */
  cacheFolder?: string;
}

/** The longest that a start waits for the choice. */
const CHOOSING_MS = 2000;
/** Time limit for `doctor`, which may also have to compile kernels or shaders. */
const DOCTOR_MS = 120_000;
/** In the order of preference at equal speed. */
const CANDIDATES: EngineName[] = ['tfjs-node', 'webgpu', 'wasm', 'cpu'];

const WHAT_TO_DO: Record<EngineName, string> = {
  'tfjs-node':
    'npm install @tensorflow/tfjs-node@4.22 (its native library is downloaded at install; Node 20 or 22 is best)',
  webgpu: 'install a driver that offers Vulkan, Metal or Direct3D 12 for your GPU',
  wasm: 'use Node 20 or later on a CPU with 128-bit SIMD, and reinstall with npm ci',
  'wasm-plain': '',
  cpu: '',
};

/**
 * The engine for this machine: the fastest that passes a gradient self-test, remembered on disk. Only engines that
 * could win are tried, each in a process of its own, all at once and for 2 seconds at most.
 */
export async function chooseEngine({ workload, cacheFolder }: ChooseOptions): Promise<Choice> {
  const rivals: EngineName[] = [];
  if (tfjsNodePackage()) rivals.push('tfjs-node');
  if (mayHaveGpu()) rivals.push('webgpu');
  if (rivals.length === 0) {
    return {
      name: 'wasm',
      reason:
        'no GPU and no tfjs-node here, and nothing else is faster than the fused wasm kernels',
    };
  }
  const cache = await cacheFile(workload, cacheFolder);
  const known = await readCache(cache);
  if (known) return known.choice;
  const names: EngineName[] = [...rivals, 'wasm'];
  const findings = await Promise.all(
    names.map((name) => probeApart(name, workload, 300, CHOOSING_MS)),
  );
  const engines = names.map((name, i) => report(name, findings[i]));
  const choice = best(engines);
  // A choice made on a busy machine is not stored.
  if (!findings.some(({ late }) => late)) writeCache({ engines, choice, cache });
  return choice;
}

/** Tries every engine without hurry, measures it, chooses, and remembers the choice. */
export async function doctor({ workload, cacheFolder }: ChooseOptions): Promise<Doctor> {
  const engines: EngineReport[] = [];
  // One after the other: they would slow each other down.
  for (const name of CANDIDATES) {
    const missing = name === 'tfjs-node' && !tfjsNodePackage();
    const finding = missing
      ? absent('the package @tensorflow/tfjs-node is not installed')
      : await probeApart(name, workload, 600, DOCTOR_MS);
    engines.push(report(name, finding));
  }
  const result = { engines, choice: best(engines), cache: await cacheFile(workload, cacheFolder) };
  writeCache(result);
  return result;
}

function absent(reason: string): Finding {
  return { ok: false, reason, description: '', samplesPerSecond: 0, software: false };
}

function report(name: EngineName, finding: Finding): EngineReport {
  const { ok, software } = finding;
  const whatToDo = ok && !software ? '' : WHAT_TO_DO[name];
  const reason = software ? `${finding.reason}; but a CPU stands in for the GPU` : finding.reason;
  return { name, ...finding, reason, whatToDo };
}

/** The fastest that works. */
export function best(engines: readonly EngineReport[]): Choice {
  const [first, second] = engines
    .filter(({ ok }) => ok)
    .sort((a, b) => b.samplesPerSecond - a.samplesPerSecond);
  if (!first)
    return { name: 'wasm', reason: 'nothing answered in time; `doctor` tries again without hurry' };
  const speed = `${Math.round(first.samplesPerSecond)} training samples/s`;
  const rival = second ? `, ${second.name} ${Math.round(second.samplesPerSecond)}` : '';
  return { name: first.name, reason: `fastest of those that work here: ${speed}${rival}` };
}

/** Probes an engine in a child process, so that a crash, a hang or a native library's leftovers stay there. */
function probeApart(
  name: EngineName,
  workload: WorkloadSource,
  ms: number,
  limit: number,
): Promise<Finding> {
  return new Promise((resolve) => {
    const args = [name, String(ms), JSON.stringify(workload)];
    const child = fork(fileURLToPath(new URL('./probe.ts', import.meta.url)), args, {
      execArgv: [...LOADER_ARGS],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const finish = (finding: Finding) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill('SIGKILL');
      resolve(finding);
    };
    const timer = setTimeout(
      () =>
        finish({ ...absent(`did not answer within ${(limit / 1000).toFixed(1)} s`), late: true }),
      limit,
    );
    child.on('message', (finding) => finish(finding as Finding));
    child.on('error', (error) => finish(absent(error.message)));
    child.on('exit', (code, signal) =>
      finish(absent(`its process ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}

/** One file for each combination of what the choice depends on. */
async function cacheFile(workload: WorkloadSource, folder: string | undefined): Promise<string> {
  const place = folder ?? (await buildFolder());
  await mkdir(place, { recursive: true });
  const processors = cpus();
  const facts = [
    process.version,
    process.platform,
    process.arch,
    processors[0]?.model,
    processors.length,
    mayHaveGpu(),
    tfjsNodePackage(),
    versionOfPackage(),
    ...['@tensorflow/tfjs-core', 'webgpu', 'assemblyscript'].map(versionOf),
    workload,
    3,
  ];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12);
  return join(place, `engines-${key}.json`);
}

/** Version of a package; undefined where it is not installed. A packed program carries some inside itself. */
function versionOf(name: string): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  try {
    const manifest = readFileSync(resolve(`${name}/package.json`), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return undefined;
  }
}

async function readCache(path: string): Promise<Doctor | undefined> {
  try {
    const doctor = JSON.parse(await readFile(path, 'utf8')) as Doctor;
    return doctor.choice?.name ? doctor : undefined;
  } catch {
    return undefined;
  }
}

const writeCache = (value: Doctor) => writeWhole(value.cache, JSON.stringify(value, undefined, 2));
