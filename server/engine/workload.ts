import type { Engine } from './engine.ts';

/** Work by which engines are compared: part of what will run on them. */
export interface Workload {
  /** Samples that one step plays and learns from. */
  samples: number;
  step(): Promise<void>;
  dispose(): void;
}

/** Where a workload comes from. Engines know nothing of policies, so a module from above makes it. */
export interface WorkloadSource {
  /** URL of a module with a function `createWorkload`. */
  module: string;
  /** What that function gets; must be JSON. */
  options: unknown;
}

export type CreateWorkload<Options> = (engine: Engine, options: Options) => Workload;
