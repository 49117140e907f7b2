import * as tf from '@tensorflow/tfjs-core';
import { expectFiniteOutput } from '../policy/checkpoint/index.ts';
import {
  type Carry,
  callModel,
  disposeCarry,
  type Held,
  initialCarry,
  type PaperModel,
  type PuzzleBatch,
} from '../policy/paper/index.ts';
import { Random } from '../policy/random.ts';
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

/** What may be done to a thought while it goes on. Segments count from 0. */
export interface Interference {
  /** Parts of the model that are switched off; `frozen`: after the first segment. */
  readonly without?: 'none' | 'planner' | 'frozenPlanner' | 'doer' | 'frozenDoer';
  /** Tokens that stand in the puzzle from a segment on. */
  readonly edits?: readonly {
    readonly segment: number;
    readonly cell: number;
    readonly token: number;
  }[];
  /**
   * Noise on both states before a segment, the second or a later one, in their own scale (root mean square 1); the first
   * puzzle stays without.
   */
  readonly kick?: { readonly segment: number; readonly strength: number; readonly seed: number };
}

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

/** The same for a few puzzles, while somebody interferes. */
export async function thinkTogether(
  model: PaperModel,
  task: LabTask,
  puzzles: readonly Puzzle[],
  segments: number,
  { without = 'none', edits = [], kick }: Interference = {},
): Promise<Thought[][]> {
  const length = task.rows * task.columns;
  const batch = batchOf(puzzles, length);
  const thoughts: Thought[][] = puzzles.map(() => []);
  let carry = initialCarry(model.config, puzzles.length);
  try {
    for (let segment = 0; segment < segments; segment++) {
      const here = edits.filter((edit) => edit.segment === segment);
      if (here.length > 0) {
        for (const { cell, token } of here)
          for (let b = 0; b < puzzles.length; b++) batch.inputs[b * length + cell] = token;
        carry = { ...carry, currentData: copyOf(batch) };
      }
      if (kick?.segment === segment) carry = kicked(carry, kick);
      const held = heldIn(without, segment);
      const { carry: next, outputs } = await callModel(model, carry, batch, {
        training: false,
        held,
      });
      const [planner, doer] = await Promise.all([
        moved(carry.zH, next.zH),
        moved(carry.zL, next.zL),
      ]);
      disposeCarry(carry);
      // Thinking goes on for as long as was asked, whatever limit training had.
      carry = { ...next, halted: new Uint8Array(puzzles.length) };
      const logits = (await outputs.logits.data()) as Float32Array;
      outputs.logits.dispose();
      expectFiniteOutput('logits', logits);
      expectFiniteOutput('q_halt_logits', outputs.q_halt_logits);
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

const copyOf = ({ inputs, labels, puzzleIdentifiers }: PuzzleBatch): PuzzleBatch => ({
  inputs: Int32Array.from(inputs),
  labels,
  puzzleIdentifiers,
});

function heldIn(without: NonNullable<Interference['without']>, segment: number): Held | undefined {
  switch (without) {
    case 'none':
      return undefined;
    case 'planner':
      return { planner: true, doer: false };
    case 'doer':
      return { planner: false, doer: true };
    case 'frozenPlanner':
      return segment > 0 ? { planner: true, doer: false } : undefined;
    case 'frozenDoer':
      return segment > 0 ? { planner: false, doer: true } : undefined;
  }
}

/** Normal noise on all but the first sequence. Takes over the carry. */
function kicked(carry: Carry, { strength, seed }: NonNullable<Interference['kick']>): Carry {
  const random = new Random(seed, 7);
  const noisy = (z: tf.Tensor3D) =>
    tf.tidy(() => {
      const [, s, d] = z.shape;
      const noise = new Float32Array(z.size);
      for (let i = s * d; i < noise.length; i++) noise[i] = strength * random.normal();
      return tf.add(z, tf.tensor3d(noise, z.shape)) as tf.Tensor3D;
    });
  const zH = noisy(carry.zH);
  const zL = noisy(carry.zL);
  disposeCarry(carry);
  return { ...carry, zH, zL };
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
