import { CASES } from './contract/cases.ts';
import { caseErrors } from './contract/contract.ts';
import { createEngine, type Engine } from './index.ts';
import type { EngineName } from './names.ts';
import { parkMiller } from './random.ts';
import { ReferenceNetwork } from './referenceNetwork.ts';

/** What one engine showed of itself. */
export interface Finding {
  ok: boolean;
  /** Why it works, or why not. */
  reason: string;
  description: string;
  /** Training steps of the reference network (12 tokens, width 64, batch 128; 4 where slow), in samples a second. */
  samplesPerSecond: number;
  /** Whether a CPU stands in for a GPU. */
  software: boolean;
}

/** Cases that touch every fused kernel that a policy trains through. */
const SELF_TEST = [
  'swigluBlock n=7',
  'attentionBlock b=2 s=5',
  'crossAttentionBlock l=4',
  'embedSum',
  'categorical',
];
const TOLERANCE = { value: 1e-4, gradient: 1e-3 };

/** Compares results and gradients with double precision; throws with the name of the first operation that is wrong. */
export async function selfTest(engine: Engine): Promise<void> {
  for (const one of CASES.filter(({ name }) => SELF_TEST.some((start) => name.startsWith(start)))) {
    const errors = await caseErrors(engine, one);
    if (!(errors.value <= TOLERANCE.value && errors.gradient <= TOLERANCE.gradient)) {
      throw new Error(
        `${one.name} is wrong: error ${errors.value.toExponential(1)}, of the gradient ${errors.gradient.toExponential(1)}`,
      );
    }
  }
}

/** Training samples a second on the reference network, after one step that warms up, within about `ms`. */
export async function trainingSpeed(engine: Engine, ms: number): Promise<number> {
  const random = parkMiller(1);
  const network = new ReferenceNetwork(engine, { tokens: 12, width: 64 }, random);
  // A CPU that plays GPU, or plain JavaScript, would take minutes for a whole batch.
  const slow = engine.software || engine.name === 'cpu';
  const batch = network.batch(slow ? 4 : 128, random, false);
  await network.train(batch);
  const rates: number[] = [];
  for (const start = performance.now(); rates.length === 0 || performance.now() - start < ms; ) {
    const begin = performance.now();
    await network.train(batch);
    rates.push((batch.size * 1000) / (performance.now() - begin));
  }
  await engine.checkErrors();
  engine.tf.dispose([batch.indices, batch.actions]);
  network.dispose();
  return rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)];
}

/** Starts the engine in this process, tests and measures it. */
export async function probe(name: EngineName, ms: number): Promise<Finding> {
  try {
    const engine = await createEngine({ engine: name });
    await selfTest(engine);
    const samplesPerSecond = await trainingSpeed(engine, ms);
    const { description, software } = engine;
    return {
      ok: true,
      reason: 'results and gradients agree with double precision',
      description,
      samplesPerSecond,
      software,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, reason, description: '', samplesPerSecond: 0, software: false };
  }
}

// As a child process: `probe.ts NAME MS`, the finding goes to the parent.
if (process.send && process.argv[1]?.endsWith('probe.ts')) {
  const [, , name, ms] = process.argv;
  process.send(await probe(name as EngineName, Number(ms)), () => process.exit(0));
}
