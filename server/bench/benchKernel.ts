import type { EngineChoice, EngineName } from '../../shared/config.ts';
import { createEngine } from '../engine/index.ts';
import { PRESETS } from '../policy/presets.ts';
import { settleEngine } from '../policy/workload.ts';
import {
  type Contestant,
  contestant,
  dispose,
  forwardFlops,
  type KernelShare,
  kernelShares,
  type Measured,
  measure,
  medians,
  type NetworkLoad,
  productPeak,
  type Rates,
  timesOf,
} from './kernelRates.ts';
import { benchWorkers, type Scaling } from './kernelWorkers.ts';

export interface BenchKernelOptions extends NetworkLoad {
  engine?: EngineChoice;
  /** Whether large products may run in native code where they can; true unless given. */
  native?: boolean;
  /** Measure about this long; at least three rounds in any case. 20 unless given. */
  seconds?: number;
  /** Above 1: also measure how speed grows with the number of threads that train one network. */
  workers?: number;
  /** Where the time goes, kernel by kernel. */
  profile?: boolean;
}

export interface BenchKernelResult extends Rates, NetworkLoad {
  engine: EngineName;
  description: string;
  rounds: number;
  /** Per second of processor time; on a busy machine the honest figure for one core. CPU engines only. */
  perProcessorSecond?: Rates;
  /** Arithmetic rate of the forward pass, counting products only. */
  forwardGflops: number;
  /** The rate of one large product in the same run, and what part of it the forward pass reaches. */
  productGflops: number;
  forwardOfPeak: number;
  /** The same kernels without native code, in the same rounds; where native code is in use. */
  withoutNative?: Rates & { ratios: Rates };
  /** The same network in plain tfjs operations on the same backend, in the same rounds; wasm only. */
  plain?: Rates;
  /** Medians of each round's rate per processor second divided by the plain one. */
  ratios?: Rates;
  scaling?: Scaling;
  profile?: Record<'forward' | 'train', KernelShare[]>;
}

/**
 * Speed of an engine on the reference network, one core. On wasm the plain operations run in the same rounds, in turn,
 * and the ratios go by processor time, so that load on the machine cancels out.
 */
export async function benchKernel(options: BenchKernelOptions): Promise<BenchKernelResult> {
  const { tokens, width, batch, seconds = 20, native = true } = options;
  const load = { tokens, width, batch };
  const choice = await settleEngine(options.engine ?? 'auto', PRESETS.nano);
  const engine = await createEngine({ engine: choice.name, native });
  const contestants = [contestant(engine, load, false)];
  if (engine.name === 'wasm') {
    contestants.push(contestant(await createEngine({ engine: 'wasm-plain' }), load, true));
    const wasmOnly = await createEngine({ engine: 'wasm', native: false });
    if (wasmOnly.description !== engine.description)
      contestants.push(contestant(wasmOnly, load, false));
  }
  for (const one of contestants) {
    await one.engine.activate();
    await one.network.infer(one.batch);
    await one.network.train(one.batch);
  }
  const { rounds, peaks } = await compete(contestants, seconds);
  const profile = options.profile && {
    forward: await kernelShares(contestants[0], 'forward'),
    train: await kernelShares(contestants[0], 'train'),
  };
  const { name, description, inMemory } = engine;
  contestants.forEach(dispose);
  const wall = medians(rounds.map(([own]) => own.wall));
  const processor = medians(rounds.map(([own]) => own.processor));
  const against = (i: number) =>
    medians(rounds.map((round) => timesOf(round[i].processor, round[1].processor)));
  const forwardGflops = ((inMemory ? processor : wall).forwardPerSecond * forwardFlops(load)) / 1e9;
  const productGflops = Math.max(...peaks);
  return {
    ...load,
    ...wall,
    engine: name,
    description,
    rounds: rounds.length,
    ...(inMemory && { perProcessorSecond: processor }),
    forwardGflops,
    productGflops,
    forwardOfPeak: forwardGflops / productGflops,
    ...(contestants.length > 2 && {
      withoutNative: { ...medians(rounds.map(([, , wasm]) => wasm.wall)), ratios: against(2) },
    }),
    ...(contestants.length > 1 && {
      plain: medians(rounds.map(([, plain]) => plain.wall)),
      ratios: against(0),
    }),
    ...((options.workers ?? 1) > 1 && {
      scaling: await benchWorkers(load, {
        engine: name,
        native,
        workers: options.workers as number,
        seconds: seconds / 2,
      }),
    }),
    ...(profile && { profile }),
  };
}

/** Rounds in which each contestant is measured once, in turn, and the rate of one large product. */
async function compete(contestants: Contestant[], seconds: number) {
  const rounds: Measured[][] = [];
  const peaks: number[] = [];
  const start = performance.now();
  while (rounds.length < 3 || performance.now() - start < seconds * 1000) {
    const round: Measured[] = [];
    for (const one of contestants) round.push(await measure(one));
    rounds.push(round);
    peaks.push(await productPeak(contestants[0].engine));
  }
  return { rounds, peaks };
}
