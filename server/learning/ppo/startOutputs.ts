import { NUM_ACTIONS } from '../../../shared/constants.ts';
import type { TrainOutputs } from '../../policy/forward.ts';
import { readScores, softmax } from '../../policy/goals/goalHead.ts';
import { pickRows } from '../../policy/rows.ts';
import { NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import type { Minibatch, StartBatch } from './lossTypes.ts';

/** What the starting policy makes of some rows of a rollout: all that it gives probabilities to. */
export class StartOutputs {
  /** Whether a row has any. */
  readonly pulled: Uint8Array;
  /** Probabilities of the actions, [n, NUM_ACTIONS]. */
  private readonly actions: Float32Array;
  /** Probability of keeping the goal; −1 where there was no choice. */
  private readonly keeps: Float32Array;
  /** Probabilities of the subgoals, [n, NUM_SUBGOALS], where a goal was chosen. */
  private readonly subgoals: Float32Array;
  /** The subgoal whose targets are compared; −1 where no goal was chosen. */
  private readonly asked: Int32Array;
  /** Probabilities of the targets, given that subgoal. */
  private readonly targets: (Float32Array | undefined)[];

  constructor(rows: number) {
    this.pulled = new Uint8Array(rows);
    this.actions = new Float32Array(rows * NUM_ACTIONS);
    this.keeps = new Float32Array(rows).fill(-1);
    this.subgoals = new Float32Array(rows * NUM_SUBGOALS);
    this.asked = new Int32Array(rows).fill(-1);
    this.targets = Array<undefined>(rows).fill(undefined);
  }

  /**
   * Writes what a policy makes of a batch of rows.
   * @param out its outputs
   * @param gates of each row: below 0 where there was no choice to keep the goal
   * @param chosen of each row that names a goal the subgoal that was chosen; below 0 where none was
   */
  async write(
    rows: Int32Array,
    { action, halt, goals, samples }: Pick<TrainOutputs, 'action' | 'halt' | 'goals' | 'samples'>,
    { inputs }: Pick<Minibatch, 'inputs'>,
    gates: Int8Array,
    chosen: Int32Array,
  ): Promise<void> {
    const read = async (tensor: { data(): Promise<unknown> }) =>
      (await tensor.data()) as Float32Array;
    const logits = await read(action);
    const q = await read(halt);
    for (const [i, row] of rows.entries()) {
      this.pulled[row] = 1;
      this.actions.set(softmax(logits, i * NUM_ACTIONS, NUM_ACTIONS), row * NUM_ACTIONS);
      if (gates[i] >= 0) this.keeps[row] = 1 / (1 + Math.exp(q[2 * i + 1] - q[2 * i]));
    }
    if (!goals) return;
    const scores = await readScores(goals, inputs, samples);
    for (const [r, subgoal] of chosen.entries()) {
      if (subgoal < 0) continue;
      const row = rows[samples[r]];
      this.asked[row] = subgoal;
      this.subgoals.set(softmax(scores.subgoals(r), 0, NUM_SUBGOALS), row * NUM_SUBGOALS);
      const targets = scores.targets(r, subgoal);
      this.targets[row] = softmax(targets, 0, targets.length);
    }
  }

  /** Those of a minibatch. @param named rows of it that name a goal */
  batch(rows: Int32Array, named: Int32Array): StartBatch {
    return {
      pulled: pickRows(this.pulled, rows, 1),
      actions: pickRows(this.actions, rows, NUM_ACTIONS),
      keeps: pickRows(this.keeps, rows, 1),
      subgoals: pickRows(this.subgoals, named, NUM_SUBGOALS),
      asked: pickRows(this.asked, named, 1),
      targets: Array.from(named, (row) => this.targets[row]),
    };
  }
}
