import type { CollectiveMemory } from '../learning/workers/collective.ts';
import type { JsonObject } from '../policy/checkpoint/index.ts';
import type { PaperWeights } from '../policy/paper/index.ts';
import type { EvaluationSums } from './evaluate.ts';
import type { OwnRecord, SharedRecord, StepSums } from './learner.ts';
import type { ModelKind, Recipe } from './models.ts';
import type { Thought } from './think.ts';

/** What a worker of a lab run starts with. */
export interface LabStart {
  rank: number;
  memory: CollectiveMemory;
  task: string;
  /** A file of puzzles in place of generated ones. */
  data?: string;
  kind: ModelKind;
  sizes: JsonObject;
  recipe: Recipe;
  weights: PaperWeights;
  seed: number;
  resume?: { shared: SharedRecord; own: OwnRecord };
}

export type LabCommands = {
  train: { payload: { steps: number }; reply: StepSums };
  /** Every worker takes its part of the held-out puzzles after the first `skip`. */
  evaluate: {
    payload: { puzzles: number; skip: number; segments: number };
    reply: EvaluationSums;
  };
  /** What the first worker thinks of held-out puzzles, by their places, after the last segment. */
  solve: { payload: { indices: number[]; segments: number }; reply: Thought[] };
  /** The worker's own record, and with `shared` also what all have alike. */
  record: { payload: { shared: boolean }; reply: { own: OwnRecord; shared?: SharedRecord } };
};
