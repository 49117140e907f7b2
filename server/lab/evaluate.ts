import { wilsonInterval } from '../../shared/statistics.ts';
import type { PaperModel } from '../policy/paper/index.ts';
import { IGNORED_TOKEN, type LabTask, type Puzzle } from './tasks/task.ts';
import { type Thought, think } from './think.ts';

/** Sums over puzzles after one segment. */
export interface SegmentSums {
  exact: number;
  cells: number;
  /** Puzzles at which the halting head would stop, and those where it is right: stop if solved, go on if not. */
  stops: number;
  haltRight: number;
  movedPlanner: number;
  movedDoer: number;
}

/** Sums over some puzzles; those of several workers are added. */
export interface EvaluationSums {
  puzzles: number;
  bySegment: SegmentSums[];
  /** Puzzles that were right when the halting head stopped first (else at the last segment), and the segments taken. */
  exactAtHalt: number;
  segmentsAtHalt: number;
  /** By size (blanks, or length of the way): puzzles, and those right after the last segment. */
  bySize: Record<number, [number, number]>;
  /** Right after voting over variants; only where the task has some. */
  voted?: number;
}

/** Thinks about puzzles and counts. */
export async function evaluatePuzzles(
  model: PaperModel,
  task: LabTask,
  puzzles: readonly Puzzle[],
  segments: number,
): Promise<EvaluationSums> {
  const sums: EvaluationSums = {
    puzzles: puzzles.length,
    bySegment: Array.from({ length: segments }, () => ({
      exact: 0,
      cells: 0,
      stops: 0,
      haltRight: 0,
      movedPlanner: 0,
      movedDoer: 0,
    })),
    exactAtHalt: 0,
    segmentsAtHalt: 0,
    bySize: {},
  };
  const thoughts = await think(model, task, puzzles, segments);
  for (const [i, puzzle] of puzzles.entries()) {
    const right = thoughts[i].map(({ answer }) => task.check(puzzle, answer).valid);
    for (const [segment, thought] of thoughts[i].entries()) {
      const of = sums.bySegment[segment];
      of.exact += right[segment] ? 1 : 0;
      of.cells += cellsRight(puzzle, thought.answer);
      of.stops += thought.halt > 0 ? 1 : 0;
      of.haltRight += thought.halt > 0 === right[segment] ? 1 : 0;
      of.movedPlanner += thought.movedPlanner;
      of.movedDoer += thought.movedDoer;
    }
    const first = thoughts[i].findIndex(({ halt }) => halt > 0);
    const stop = first < 0 ? segments - 1 : first;
    sums.exactAtHalt += right[stop] ? 1 : 0;
    sums.segmentsAtHalt += stop + 1;
    const size = (sums.bySize[puzzle.size] ??= [0, 0]);
    size[0]++;
    size[1] += right[segments - 1] ? 1 : 0;
  }
  if (task.variants) sums.voted = await countVoted(model, task, puzzles, segments);
  return sums;
}

/** Share of the asked cells that are as in the puzzle's own answer. */
function cellsRight({ answer: wanted }: Puzzle, answer: Uint8Array): number {
  if (!wanted) return 0;
  let asked = 0;
  let right = 0;
  for (const [cell, token] of wanted.entries()) {
    if (token === IGNORED_TOKEN) continue;
    asked++;
    if (answer[cell] === token) right++;
  }
  return asked === 0 ? 0 : right / asked;
}

/** The answer that most variants of a puzzle agree on, turned back; the surest where several are equal. */
export function vote(
  task: LabTask,
  answers: readonly { answer: Uint8Array; halt: number }[],
): Uint8Array {
  const votes = new Map<string, { answer: Uint8Array; count: number; halt: number }>();
  for (const { answer, halt } of answers) {
    const key = task.text(answer);
    const known = votes.get(key) ?? { answer, count: 0, halt: Number.NEGATIVE_INFINITY };
    votes.set(key, { ...known, count: known.count + 1, halt: Math.max(known.halt, halt) });
  }
  const [best] = [...votes.values()].sort((a, b) => b.count - a.count || b.halt - a.halt);
  return best.answer;
}

async function countVoted(
  model: PaperModel,
  task: LabTask,
  puzzles: readonly Puzzle[],
  segments: number,
): Promise<number> {
  let right = 0;
  for (const puzzle of puzzles) {
    const variants = task.variants?.(puzzle) ?? [];
    const thoughts = await think(
      model,
      task,
      variants.map((variant) => variant.puzzle),
      segments,
    );
    const answers = thoughts.map((list, i) => {
      const last = list.at(-1) as Thought;
      return { answer: variants[i].undo(last.answer), halt: last.halt };
    });
    if (task.check(puzzle, vote(task, answers)).valid) right++;
  }
  return right;
}

/** Adds what workers counted. */
export function addEvaluations(parts: readonly EvaluationSums[]): EvaluationSums {
  const [first, ...rest] = parts;
  const sums = structuredClone(first);
  for (const part of rest) {
    sums.puzzles += part.puzzles;
    sums.exactAtHalt += part.exactAtHalt;
    sums.segmentsAtHalt += part.segmentsAtHalt;
    if (part.voted !== undefined) sums.voted = (sums.voted ?? 0) + part.voted;
    for (const [i, segment] of part.bySegment.entries())
      for (const key of Object.keys(segment) as (keyof SegmentSums)[])
        sums.bySegment[i][key] += segment[key];
    for (const [size, [count, right]] of Object.entries(part.bySize)) {
      const known = (sums.bySize[Number(size)] ??= [0, 0]);
      known[0] += count;
      known[1] += right;
    }
  }
  return sums;
}

/** An evaluation as the command line prints it: shares of puzzles, 95 % intervals (Wilson). */
export function reportOf(sums: EvaluationSums) {
  const n = sums.puzzles;
  const share = (count: number) => round(count / n);
  const last = sums.bySegment[sums.bySegment.length - 1];
  return {
    puzzles: n,
    exact: share(last.exact),
    ci95: wilsonInterval(last.exact, n).map(round) as [number, number],
    cells: share(last.cells),
    exactAtHalt: share(sums.exactAtHalt),
    segmentsAtHalt: share(sums.segmentsAtHalt),
    ...(sums.voted === undefined ? {} : { voted: share(sums.voted) }),
    bySegment: sums.bySegment.map((segment, i) => ({
      segment: i + 1,
      exact: share(segment.exact),
      cells: share(segment.cells),
      stops: share(segment.stops),
      haltRight: share(segment.haltRight),
      movedPlanner: share(segment.movedPlanner),
      movedDoer: share(segment.movedDoer),
    })),
    bySize: Object.fromEntries(
      Object.entries(sums.bySize).map(([size, [count, right]]) => [
        size,
        { puzzles: count, exact: round(right / count) },
      ]),
    ),
  };
}

const round = (x: number): number => Number(x.toFixed(5));
