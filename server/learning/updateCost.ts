import type { EngineChoice, TrainSettings } from '../../shared/config.ts';
import { type Parameter, parameterSpecs } from '../policy/parameters.ts';
import type { PolicyConfig } from '../policy/presets.ts';
import { STATE_FEATURES } from '../tasks/babyai/features.ts';
import { OBJECTS_STRIDE } from '../tasks/babyai/observation.ts';
import { defaultWorkers, worldsOf } from './workers/group.ts';

/** What one update takes, roughly: estimates come within a factor of two of what a CPU engine was measured to take. */
export interface UpdateCost {
  /** Environment steps. */
  steps: number;
  /** Bytes that all worker threads take. */
  bytes: number;
  /** Bytes of one worker's engine, which cannot have more than `ENGINE_BYTES`. */
  engineBytes: number;
  /** Seconds of playing and learning. */
  seconds: number;
  /** Seconds of the held-out test that follows some updates; 0 where there is none. */
  testSeconds: number;
  workers: number;
}

/** WebAssembly's addresses have 32 bits. */
const ENGINE_BYTES = 4e9;
/** An update that takes longer is refused: a run is saved between updates. */
const MAX_SECONDS = 1800;
/** One that takes longer is mentioned, and so is one that takes this share of the memory that it may. */
const MENTIONED_SECONDS = 60;
const MENTIONED_SHARE = 0.85;

/** Measured: a process with one thread, and each further thread with its own copy of program and engine. */
const PROCESS_BYTES = 180e6;
const WORKER_BYTES = 110e6;
/** Multiplications that the kernels do in a second on one core, playing and learning together. */
const RATE = 30e9;
/** How many times faster a GPU is that is asked for by name; `auto` is taken for a processor. */
const GPU = 20;
/** Seconds that a world's own step takes, with what is seen and remembered of it. */
const WORLD_SECONDS = 30e-6;
/** Words and objects that a policy reads at a step, in the mean. */
const TOKENS = 16;
/** Share of the steps at which the Planner thinks, and the Doer again. */
const REPLANNED = 0.35;
/** Forward and backward, as multiples of forward. */
const LEARNING = 3;
/** Share of all layers' outputs that is kept for the backward pass: fused layers keep less. */
const KEPT = 0.7;
/** Copies of all weights: those that are learnt, gradients, two moments, the start's, and four for reading and sums. */
const COPIES = 9;
/** Steps of a held-out episode, in the mean. */
const EPISODE_STEPS = 64;

/** How often a weight matrix is applied at one step. */
function uses({ group, name }: Parameter, { latents, lCycles, hCycles }: PolicyConfig): number {
  if (name.endsWith('.embedding')) return 0;
  if (group === 'encoder') return TOKENS;
  if (group === 'doer') return latents * lCycles * (1 + REPLANNED);
  if (group === 'planner') return latents * hCycles * REPLANNED;
  return 1;
}

/** Estimates what an update of these settings takes, all of them together. */
export function updateCost(
  config: PolicyConfig,
  settings: TrainSettings,
  workers: number,
  engine: EngineChoice = 'auto',
): UpdateCost {
  const { environments, rolloutSteps, minibatches, epochs, klWeight } = settings;
  const threads = Math.min(workers, environments);
  const steps = environments * rolloutSteps;
  let weights = 0;
  let multiplications = 0;
  let outputs = 0;
  for (const spec of parameterSpecs(config)) {
    weights += spec.size;
    multiplications += spec.size * uses(spec, config);
    outputs += (spec.shape.at(-1) ?? 0) * uses(spec, config);
  }
  // The first worker has the most worlds.
  const samples = rolloutSteps * worldsOf(environments, threads, 0);
  const carry = 2 * config.latents * config.width * 4;
  const rolloutBytes = samples * (carry + 2 * (STATE_FEATURES + OBJECTS_STRIDE) + 200);
  const atOnce = Math.max(
    Math.ceil(samples / minibatches),
    // Nothing is kept of what is not learnt from.
    (klWeight > 0 ? Math.min(512, samples) : 0) / 4,
    worldsOf(environments, threads, 0) / 4,
  );
  const engineBytes = 6 * weights * 4 + atOnce * outputs * 4 * KEPT;
  const rate = engine === 'webgpu' ? RATE * GPU : RATE;
  const passes = 1 + LEARNING * epochs + (klWeight > 0 ? 1 : 0);
  const played = multiplications / rate + WORLD_SECONDS;
  const tested = settings.evalEvery > 0 ? settings.evalEpisodes * EPISODE_STEPS : 0;
  return {
    steps,
    bytes:
      PROCESS_BYTES +
      threads * (WORKER_BYTES + rolloutBytes + engineBytes + (COPIES - 6) * weights * 4),
    engineBytes,
    seconds: (steps * ((passes * multiplications) / rate + WORLD_SECONDS)) / threads,
    testSeconds: (tested * played) / threads,
    workers: threads,
  };
}

/**
 * Weighs an update before it is made; see `weigh`.
 * @param compute with 0 workers they are chosen from the cores
 */
export function weighUpdate(
  config: PolicyConfig,
  settings: TrainSettings,
  { engine, workers }: { engine: EngineChoice; workers: number },
  memoryLimit: number,
): ReturnType<typeof weigh> {
  return weigh(updateCost(config, settings, workers || defaultWorkers(), engine), memoryLimit);
}

/**
 * Whether such an update is refused, or accepted with a warning; both in words, with the numbers.
 * @param memoryLimit bytes that a trainer may take
 */
export function weigh(
  cost: UpdateCost,
  memoryLimit: number,
): { refused: string } | { warning: string | undefined } {
  const { steps, bytes, engineBytes, seconds, testSeconds, workers } = cost;
  const told = `One update of these settings plays ${steps.toLocaleString('en')} steps and takes about ${duration(seconds)}${
    testSeconds > MENTIONED_SECONDS ? `, its held-out test ${duration(testSeconds)}` : ''
  } and ${size(bytes)} of memory with ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  const accepted = (limit: string, what: string) =>
    `${told}; accepted: up to ${limit}. Fewer ${what} make it less.`;
  if (bytes > memoryLimit)
    return { refused: accepted(size(memoryLimit), 'environments or rollout steps') };
  if (engineBytes > ENGINE_BYTES)
    return {
      refused: `${told}, of which each worker’s engine ${size(engineBytes)}; accepted: up to ${size(ENGINE_BYTES)}. More minibatches make it less.`,
    };
  if (seconds + testSeconds > MAX_SECONDS)
    return {
      refused: accepted(
        duration(MAX_SECONDS),
        testSeconds > seconds ? 'test episodes' : 'environments, rollout steps or epochs',
      ),
    };
  const isMuch = seconds + testSeconds > MENTIONED_SECONDS || bytes > MENTIONED_SHARE * memoryLimit;
  return { warning: isMuch ? `${told}. It can be paused and stopped meanwhile.` : undefined };
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} hours`;
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
