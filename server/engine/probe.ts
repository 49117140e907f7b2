import type { EngineName } from '../../shared/config.ts';
import type { Finding } from './choose.ts';
import { CASES, type OpName } from './contract/cases.ts';
import { adamError, caseErrors } from './contract/contract.ts';
import type { Engine } from './engine.ts';
import { createEngine } from './index.ts';
import type { CreateWorkload, Workload, WorkloadSource } from './workload.ts';

const TOLERANCE = { value: 1e-4, gradient: 1e-3 };

/**
 * Starts the engine in this process, runs the workload on it, compares every operation that the workload called with
 * double precision, and measures its speed for about `ms`.
 */
export async function probe(
  name: EngineName,
  ms: number,
  { module, options }: WorkloadSource,
): Promise<Finding> {
  try {
    const engine = await createEngine({ engine: name });
    const { createWorkload } = (await import(module)) as {
      createWorkload: CreateWorkload<unknown>;
    };
    const used = new Set<OpName>();
    const workload = createWorkload(recording(engine, used), options);
    await workload.step();
    await selfTest(engine, used);
    const samplesPerSecond = await speedOf(engine, workload, ms);
    workload.dispose();
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

/** The same engine, which notes the operations that are called. */
export function recording(engine: Engine, used: Set<OpName>): Engine {
  const noted = (name: OpName) => {
    const op = engine[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      used.add(name);
      return op(...args);
    };
  };
  const names: OpName[] = [...(Object.keys(CASES) as (keyof typeof CASES)[]), 'adamStep'];
  return { ...engine, ...Object.fromEntries(names.map((name) => [name, noted(name)])) };
}

/** Compares operations and their gradients with double precision; throws with the name of the first that is wrong. */
export async function selfTest(engine: Engine, ops: Iterable<OpName>): Promise<void> {
  for (const op of ops) {
    if (op === 'adamStep') {
      const error = await adamError(engine);
      if (!(error <= TOLERANCE.value))
        throw new Error(`adamStep is wrong: error ${error.toExponential(1)}`);
      continue;
    }
    for (const one of CASES[op]) {
      const errors = await caseErrors(engine, one);
      if (!(errors.value <= TOLERANCE.value && errors.gradient <= TOLERANCE.gradient)) {
        throw new Error(
          `${one.name} is wrong: error ${errors.value.toExponential(1)}, of the gradient ${errors.gradient.toExponential(1)}`,
        );
      }
    }
  }
}

/** Samples a second: the median over the steps that fit into about `ms`, at least one. */
async function speedOf(engine: Engine, workload: Workload, ms: number): Promise<number> {
  const rates: number[] = [];
  for (const start = performance.now(); rates.length === 0 || performance.now() - start < ms; ) {
    const begin = performance.now();
    await workload.step();
    rates.push((workload.samples * 1000) / (performance.now() - begin));
  }
  await engine.checkErrors();
  return rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)];
}

// As a child process: `probe.ts NAME MS WORKLOAD`, the finding goes to the parent.
if (process.send && /\bprobe\.[jt]s$/.test(process.argv[1] ?? '')) {
  const [, , name, ms, source] = process.argv;
  process.send(await probe(name as EngineName, Number(ms), JSON.parse(source)), () =>
    process.exit(0),
  );
}
