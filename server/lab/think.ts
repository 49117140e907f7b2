import * as tf from '@tensorflow/tfjs-core';
import { callModel, disposeCarry, initialCarry, type PaperModel } from '../policy/paper/index.ts';
import { batchOf } from './batch.ts';
import type { LabTask, Puzzle } from './tasks/task.ts';

/** What a model thinks of one puzzle after one segment. */
export interface Thought {
  /** The most probable token of each cell. */
  readonly answer: Uint8Array;
  /** Its probability (softmax), for each cell. */
  readonly confidence: Float32Array;
  /** Whether the halting head would stop here, as a logit: above 0 it would. */
  readonly halt: number;
  /** How far the Planner's and the Doer's state moved, ‖z - z before‖ / √size. */
  readonly movedPlanner: number;
  readonly movedDoer: number;
}

/** Puzzles that are worked on together: more take more memory, not less time each. */
const TOGETHER = 64;

/**
 * Thinks about puzzles for `segments` segments, more or fewer than were trained with.
 * @returns for each puzzle its thoughts, one a segment
 */
export async function think(
  model: PaperModel,
  task: LabTask,
  puzzles: readonly Puzzle[],
  segments: number,
): Promise<Thought[][]> {
  const thoughts: Thought[][] = [];
  for (let at = 0; at < puzzles.length; at += TOGETHER)
    thoughts.push(
      ...(await thinkTogether(model, task, puzzles.slice(at, at + TOGETHER), segments)),
    );
  return thoughts;
}

async function thinkTogether(
  model: PaperModel,
  task: LabTask,
  puzzles: readonly Puzzle[],
  segments: number,
): Promise<Thought[][]> {
  const length = task.rows * task.columns;
  const batch = batchOf(puzzles, length);
  const thoughts: Thought[][] = puzzles.map(() => []);
  let carry = initialCarry(model.config, puzzles.length);
  try {
    for (let segment = 0; segment < segments; segment++) {
      const { carry: next, outputs } = await callModel(model, carry, batch, { training: false });
      const [planner, doer] = await Promise.all([
        moved(carry.zH, next.zH),
        moved(carry.zL, next.zL),
      ]);
      disposeCarry(carry);
      // Thinking goes on for as long as was asked, whatever limit training had.
      carry = { ...next, halted: new Uint8Array(puzzles.length) };
      const logits = (await outputs.logits.data()) as Float32Array;
      outputs.logits.dispose();
      for (const [b, list] of thoughts.entries()) {
        const own = logits.subarray(
          b * length * task.vocabulary,
          (b + 1) * length * task.vocabulary,
        );
        list.push({
          ...readAnswer(own, length, task.vocabulary),
          halt: outputs.q_halt_logits[b],
          movedPlanner: planner[b],
          movedDoer: doer[b],
        });
      }
    }
  } finally {
    disposeCarry(carry);
  }
  return thoughts;
}

/** Root mean square of the change, for each sequence. In a first segment the state before is not the initial one, but 0. */
async function moved(before: tf.Tensor3D, after: tf.Tensor3D): Promise<Float32Array> {
  const distance = tf.tidy(() => {
    const [b, s, d] = after.shape;
    const change = tf.reshape(tf.sub(after, before), [b, s * d]);
    return tf.sqrt(tf.mean(tf.square(change), 1));
  });
  const values = (await distance.data()) as Float32Array;
  distance.dispose();
  return values;
}

function readAnswer(logits: Float32Array, length: number, vocabulary: number) {
  const answer = new Uint8Array(length);
  const confidence = new Float32Array(length);
  for (let cell = 0; cell < length; cell++) {
    const row = logits.subarray(cell * vocabulary, (cell + 1) * vocabulary);
    let best = 0;
    for (let token = 1; token < vocabulary; token++) if (row[token] > row[best]) best = token;
    let sum = 0;
    for (const logit of row) sum += Math.exp(logit - row[best]);
    answer[cell] = best;
    confidence[cell] = 1 / sum;
  }
  return { answer, confidence };
}
