import type { LabBoard, LabKind } from '../../../shared/lab.ts';

/** What the training process is told: once what to train, and then perhaps to stop. */
export type ToLabTrainer =
  | {
      type: 'train';
      task: string;
      kind: LabKind;
      seed: number;
      workers: number;
      /** Where the model is kept, as it gets better. */
      file: string;
      maxSeconds: number;
    }
  | { type: 'stop' };

/** A point of the curve with what was measured there. */
export interface LabProgress {
  readonly steps: number;
  readonly seconds: number;
  readonly parameters: number;
  readonly loss: number | null;
  readonly exact: number;
  readonly cells: number;
  readonly puzzles: number;
  readonly boards: readonly LabBoard[];
}

export type FromLabTrainer =
  | { type: 'progress'; progress: LabProgress }
  /** It has saved what it has learnt, and ends. */
  | { type: 'ended'; message: string };
