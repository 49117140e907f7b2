import { cpus } from 'node:os';
import { createEngine, type Engine, type EngineName } from '../engine/index.ts';
import { parkMiller } from '../engine/random.ts';
import { type Batch, ReferenceNetwork } from '../engine/referenceNetwork.ts';

export interface BenchKernelOptions {
  tokens: number;
  width: number;
  /** Samples in a batch. */
  batch: number;
  engine?: EngineName | 'auto';
  /** Measure about this long; at least three rounds in any case. 20 unless given. */
  seconds?: number;
}

export interface Rates {
  /** Samples a second. */
  forwardPerSecond: number;
  /** Samples a second through forward pass, gradient and Adam. */
  trainStepPerSecond: number;
}

export interface Machine {
  cpu: string;
  cores: number;
  node: string;
  platform: string;
}

export interface BenchKernelResult extends Rates {
  /** When it was measured, ISO 8601. */
  date: string;
  machine: Machine;
  engine: EngineName;
  description: string;
  tokens: number;
  width: number;
  batch: number;
  rounds: number;
  /** Arithmetic rate of the forward pass, counting products only. */
  forwardGflops: number;
  /** The same kernels without native code, in the same rounds; where native code is in use. */
  withoutNative?: Rates;
  /** The same network in plain tfjs operations on the same backend, in the same rounds; wasm only. */
  plain?: Rates;
  /** Median of each round's rate divided by the plain one. */
  ratios?: Rates;
}

interface Contestant {
  engine: Engine;
  network: ReferenceNetwork;
  batch: Batch;
}

/**
 * Speed of an engine on the reference network, one core. On wasm the plain operations run in the same rounds, in turn,
 * so that the machine's mood cancels out of the ratios.
 */
export async function benchKernel(options: BenchKernelOptions): Promise<BenchKernelResult> {
  const { tokens, width, batch, seconds = 20 } = options;
  const engine = await createEngine({ engine: options.engine });
  const contestants = [contestant(engine, options, false)];
  if (engine.name === 'wasm') {
    contestants.push(contestant(await createEngine({ engine: 'wasm-plain' }), options, true));
    const wasmOnly = await createEngine({ engine: 'wasm', native: false });
    if (wasmOnly.description !== engine.description)
      contestants.push(contestant(wasmOnly, options, false));
  }
  await engine.activate();
  for (const one of contestants) {
    await one.engine.activate();
    await one.network.infer(one.batch);
    await one.network.train(one.batch);
  }
  const rounds: Rates[][] = [];
  const start = performance.now();
  while (rounds.length < 3 || performance.now() - start < seconds * 1000) {
    const round: Rates[] = [];
    for (const one of contestants) round.push(await measure(one));
    rounds.push(round);
  }
  for (const { network, batch: data } of contestants) {
    network.dispose();
    engine.tf.dispose([data.indices, data.actions, ...(data.multiHot ? [data.multiHot] : [])]);
  }
  const own = medians(rounds.map(([rates]) => rates));
  return {
    ...own,
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    engine: engine.name,
    description: engine.description,
    tokens,
    width,
    batch,
    rounds: rounds.length,
    forwardGflops: (own.forwardPerSecond * forwardFlops(tokens, width)) / 1e9,
    ...(contestants.length > 2 && { withoutNative: medians(rounds.map(([, , wasm]) => wasm)) }),
    ...(contestants.length > 1 && {
      plain: medians(rounds.map(([, plain]) => plain)),
      ratios: medians(
        rounds.map(([rates, plain]) => ({
          forwardPerSecond: rates.forwardPerSecond / plain.forwardPerSecond,
          trainStepPerSecond: rates.trainStepPerSecond / plain.trainStepPerSecond,
        })),
      ),
    }),
  };
}

function contestant(
  engine: Engine,
  { tokens, width, batch }: BenchKernelOptions,
  dense: boolean,
): Contestant {
  const random = parkMiller(1);
  const network = new ReferenceNetwork(engine, { tokens, width }, random);
  return { engine, network, batch: network.batch(batch, random, dense) };
}

/** Repeats each kind of pass for at least 0.3 s. */
async function measure({ engine, network, batch }: Contestant): Promise<Rates> {
  await engine.activate();
  const rate = async (pass: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    let passes = 0;
    do {
      await pass();
      passes++;
    } while (performance.now() - start < 300);
    await engine.checkErrors();
    return (passes * batch.size * 1000) / (performance.now() - start);
  };
  return {
    forwardPerSecond: await rate(() => network.infer(batch)),
    trainStepPerSecond: await rate(() => network.train(batch)),
  };
}

/** Floating-point operations of one sample's six block applications. */
function forwardFlops(tokens: number, width: number): number {
  return 6 * 2 * (tokens * 10 * width * width + 2 * tokens * tokens * width);
}

function medians(rates: Rates[]): Rates {
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return {
    forwardPerSecond: median(rates.map((rate) => rate.forwardPerSecond)),
    trainStepPerSecond: median(rates.map((rate) => rate.trainStepPerSecond)),
  };
}
