import { type Profiler, Session } from 'node:inspector/promises';

/** Microseconds of a thread by what it did, as sampled; together all of its time in commands. */
export type ThreadProfile = Record<string, number>;

/** 0.2 ms: some 5 samples in the shortest kernel. */
const SAMPLING_MICROSECONDS = 200;

/** What the files of each folder do; the first that a path begins with. Paths are below the project's folder. */
const KINDS: readonly [path: string, kind: string][] = [
  ['server/engine/', 'between kernels'],
  ['@tensorflow/', 'between kernels'],
  ['server/learning/workers/', 'waiting for other workers'],
  ['envs/bot/', 'the expert'],
  ['envs/', 'worlds'],
  ['server/tasks/', 'features and memory'],
  ['server/policy/', 'features and memory'],
  ['server/learning/rollout/', 'playing'],
  ['server/play/', 'playing'],
  ['server/learning/', 'learner'],
];

/** Samples what the calling thread does. */
export class ThreadProfiler {
  private readonly session = new Session();

  async begin(): Promise<void> {
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
    await this.session.post('Profiler.start');
  }

  async end(): Promise<ThreadProfile> {
    const { profile } = await this.session.post('Profiler.stop');
    this.session.disconnect();
    return kindsOf(profile);
  }
}

/**
 * Adds up a profile. A sample belongs to the kernel that it was taken in (by its registered name, whatever the kernel
 * called), else to the kind of the innermost of our files. The wait for a command does not count.
 */
export function kindsOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ThreadProfile {
  const kinds = new Map<number, string | undefined>();
  const visit = (id: number, above: string | undefined, kernel: string | undefined) => {
    const { callFrame, children } = byId.get(id)!;
    const { functionName: name, url } = callFrame;
    const inside = kernel ?? (isKernel(name, url) ? `kernel ${name}` : undefined);
    const own = inside ?? ownKind(name, url) ?? above;
    kinds.set(id, name === '(idle)' ? undefined : (own ?? 'other'));
    for (const child of children ?? []) visit(child, own, inside);
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  visit(nodes[0].id, undefined, undefined);
  const totals: ThreadProfile = {};
  samples.forEach((id, i) => {
    const kind = kinds.get(id);
    if (kind !== undefined) totals[kind] = (totals[kind] ?? 0) + timeDeltas[i];
  });
  return totals;
}

const isKernel = (name: string, url: string) =>
  /^Fused/.test(name) && url.includes('server/engine/');

function ownKind(name: string, url: string): string | undefined {
  if (name === '(garbage collector)') return 'garbage collection';
  if (url.includes('/engine/wasmAdam')) return 'kernel Adam';
  const path = /(?:^|\/)((?:server|envs|@tensorflow)\/.*)$/.exec(url)?.[1];
  return path && KINDS.find(([folder]) => path.startsWith(folder))?.[1];
}
