import { createCollectiveMemory } from '../learning/workers/collective.ts';
import { ThreadGroup } from '../learning/workers/threadGroup.ts';
import {
  countParameters,
  initWeights,
  type PaperConfig,
  type PaperWeights,
} from '../policy/paper/index.ts';
import { addEvaluations, type EvaluationSums } from './evaluate.ts';
import { type LabFile, type RunRecord, weightsOf } from './file.ts';
import { type StepSums, sumLength } from './learner.ts';
import type { Setup } from './models.ts';
import type { LabCommands, LabStart } from './protocol.ts';
import type { Thought } from './think.ts';

export interface LabRunOptions {
  readonly task: string;
  readonly data?: string;
  readonly setup: Setup;
  readonly workers: number;
  readonly seed: number;
  /** A saved run to go on with; it needs the same number of workers, and `start` from the same file. */
  readonly resume?: RunRecord;
  /** What to start from; drawn from the seed unless given. */
  readonly start?: PaperWeights;
}

/** A training in worker threads that add their gradients in the order of ranks: the same seed gives the same weights. */
export class LabRun extends ThreadGroup<LabCommands> {
  readonly options: LabRunOptions;
  steps: number;

  private constructor(options: LabRunOptions) {
    super(options.workers);
    this.options = options;
    this.steps = options.resume?.shared.steps ?? 0;
  }

  private get start(): PaperWeights {
    const { start, setup, seed } = this.options;
    return start ?? initWeights(setup.config, seed);
  }

  get config(): PaperConfig {
    return this.options.setup.config;
  }

  get parameters(): number {
    return countParameters(this.config);
  }

  static async start(options: LabRunOptions): Promise<LabRun> {
    const { setup, workers, resume, task, data, seed } = options;
    const run = new LabRun(options);
    const memory = createCollectiveMemory(workers, sumLength(setup.config, run.parameters));
    const weights = run.start;
    const { kind, sizes, recipe } = setup;
    const starts = Array.from({ length: workers }, (_, rank): LabStart => {
      const own = resume && { shared: resume.shared, own: resume.workers[rank] };
      return { rank, memory, task, data, kind, sizes, recipe, weights, seed, resume: own };
    });
    await run.begin(new URL('./worker.ts', import.meta.url), starts);
    return run;
  }

  async train(steps: number): Promise<StepSums> {
    const [sums] = await this.all('train', () => ({ steps }));
    this.steps += steps;
    return sums;
  }

  /** Thinks about the held-out puzzles after the first `skip` with the averaged weights. */
  async evaluate(puzzles: number, segments: number, skip = 0): Promise<EvaluationSums> {
    return addEvaluations(await this.all('evaluate', () => ({ puzzles, skip, segments })));
  }

  /** What it thinks of held-out puzzles, by their places, after the last segment, with the averaged weights. */
  async solve(indices: number[], segments: number): Promise<Thought[]> {
    const [thoughts] = await this.all('solve', () => ({ indices, segments }));
    return thoughts;
  }

  /** What is needed to go on with this run. */
  async record(): Promise<RunRecord> {
    const records = await this.all('record', (rank) => ({ shared: rank === 0 }));
    const shared = records[0].shared;
    if (!shared) throw new Error('the first worker kept its weights to itself');
    return { shared, workers: records.map(({ own }) => own) };
  }

  /** The run as a file holds it. */
  async toFile(history: LabFile['history']): Promise<LabFile> {
    const { setup, task, seed } = this.options;
    const run = await this.record();
    const { kind, sizes, recipe, config } = setup;
    return {
      kind,
      sizes,
      config,
      task,
      recipe,
      history,
      seed,
      weights: weightsOf(config, this.start, run.shared),
      run,
    };
  }
}
