import type { Engine, Tensor2D } from '../engine/index.ts';
import { parkMiller } from '../engine/random.ts';
import { type Batch, ReferenceNetwork } from '../engine/referenceNetwork.ts';

export interface NetworkLoad {
  tokens: number;
  width: number;
  /** Samples in a batch. */
  batch: number;
}

/** Samples a second. */
export interface Rates {
  forwardPerSecond: number;
  /** Through forward pass, gradient and Adam. */
  trainStepPerSecond: number;
}

/** Rates by the clock, and by processor time: what a machine that is not busy otherwise would do on one core. */
export interface Measured {
  wall: Rates;
  processor: Rates;
}

export interface Contestant {
  engine: Engine;
  network: ReferenceNetwork;
  batch: Batch;
}

/** @param dense features as a 0/1 matrix, for engines without sums of table rows */
export function contestant(
  engine: Engine,
  { tokens, width, batch }: NetworkLoad,
  dense: boolean,
): Contestant {
  const random = parkMiller(1);
  const network = new ReferenceNetwork(engine, { tokens, width }, random);
  return { engine, network, batch: network.batch(batch, random, dense) };
}

export function dispose({ engine, network, batch }: Contestant): void {
  network.dispose();
  engine.tf.dispose([batch.indices, batch.actions, ...(batch.multiHot ? [batch.multiHot] : [])]);
}

/** Repeats each kind of pass for at least `ms`. */
export async function measure(one: Contestant, ms = 300): Promise<Measured> {
  const { engine, network, batch } = one;
  await engine.activate();
  const rates = async (pass: () => Promise<unknown>): Promise<[number, number]> => {
    const cpu = process.cpuUsage();
    const start = performance.now();
    let passes = 0;
    do {
      await pass();
      passes++;
    } while (performance.now() - start < ms);
    await engine.checkErrors();
    const elapsed = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    const samples = passes * batch.size;
    return [(samples * 1000) / elapsed, (samples * 1e6) / (user + system)];
  };
  const forward = await rates(() => network.infer(batch));
  const train = await rates(() => network.train(batch));
  const both = (i: 0 | 1): Rates => ({
    forwardPerSecond: forward[i],
    trainStepPerSecond: train[i],
  });
  return { wall: both(0), processor: both(1) };
}

/** Floating-point operations of one sample's six block applications, products only. */
export function forwardFlops({ tokens, width }: Pick<NetworkLoad, 'tokens' | 'width'>): number {
  return 6 * 2 * (tokens * 10 * width * width + 2 * tokens * tokens * width);
}

/** GFLOPS of one large matrix product, the most that the engine's kernels can reach here; by processor time on a CPU. */
export async function productPeak(engine: Engine, ms = 300): Promise<number> {
  const { tf } = engine;
  await engine.activate();
  // A real GPU finishes the small product before the next one is submitted.
  const [n, k, m] =
    engine.name === 'webgpu' && !engine.software ? [4096, 2048, 2048] : [480, 256, 256];
  const a = tf.fill([n, k], 0.5) as Tensor2D;
  const b = tf.fill([k, m], 0.25) as Tensor2D;
  const once = async () => {
    const c = engine.linear(a, b);
    // Submitted work may still be running on a GPU. Reading one number waits for it.
    const one = engine.inMemory ? undefined : tf.slice(c as Tensor2D, [0, 0], [1, 1]);
    await one?.data();
    tf.dispose([c, ...(one ? [one] : [])]);
  };
  for (let i = 0; i < 3; i++) await once();
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    let count = 0;
    do {
      await once();
      count++;
    } while (performance.now() - start < ms / 3);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = engine.inMemory ? (user + system) / 1e6 : (performance.now() - start) / 1e3;
    best = Math.max(best, (count * 2 * n * k * m) / seconds / 1e9);
  }
  tf.dispose([a, b]);
  return best;
}

/** Share of the time in each kernel, most first. */
export interface KernelShare {
  kernel: string;
  share: number;
}

/** Where the time of one kind of pass goes: the kernels that take at least 1 %, and what lies between kernels. */
export async function kernelShares(
  { engine, network, batch }: Contestant,
  kind: 'forward' | 'train',
): Promise<KernelShare[]> {
  const { tf } = engine;
  await engine.activate();
  const known = new Set(tf.getKernelsForBackend(tf.getBackend()).map((one) => one.kernelName));
  const totals = new Map<string, number>();
  const start = performance.now();
  for (let pass = 0; pass < 3; pass++) {
    const { kernels } = await tf.profile(async () => {
      await (kind === 'forward' ? network.infer(batch) : network.train(batch));
      return [];
    });
    for (const { name, kernelTimeMs } of kernels) {
      const time = await kernelTimeMs;
      // tfjs profiles outer functions too; only names that the backend registered are kernels.
      if (typeof time === 'number' && known.has(name))
        totals.set(name, (totals.get(name) ?? 0) + time);
    }
  }
  const all = performance.now() - start;
  const spent = [...totals.values()].reduce((a, b) => a + b, 0);
  totals.set('between kernels', Math.max(0, all - spent));
  return [...totals]
    .map(([kernel, time]) => ({ kernel, share: Number((time / Math.max(all, spent)).toFixed(3)) }))
    .filter(({ share }) => share >= 0.01)
    .sort((a, b) => b.share - a.share);
}

export function medians(rates: Rates[]): Rates {
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return {
    forwardPerSecond: median(rates.map((rate) => rate.forwardPerSecond)),
    trainStepPerSecond: median(rates.map((rate) => rate.trainStepPerSecond)),
  };
}

/** Rates of `own` as multiples of those of `other`. */
export function timesOf(own: Rates, other: Rates): Rates {
  return {
    forwardPerSecond: own.forwardPerSecond / other.forwardPerSecond,
    trainStepPerSecond: own.trainStepPerSecond / other.trainStepPerSecond,
  };
}
