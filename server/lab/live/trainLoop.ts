import { type LabBoard, type LabKind, WATCHED_PUZZLES } from '../../../shared/lab.ts';
import { reportOf } from '../evaluate.ts';
import { writeLabFile } from '../file.ts';
import { type SetupChanges, setupFor } from '../models.ts';
import { LabRun } from '../run.ts';
import { heldOutAfter, type LabTask, type Puzzle, taskNamed } from '../tasks/index.ts';
import { historyOf, meansOf, stopwatch, trainWhile } from '../train.ts';
import { judged, percents, wirePuzzle } from './boards.ts';
import type { LabProgress, ToLabTrainer } from './trainProtocol.ts';

/** Held-out puzzles among which the watched ones are chosen, from easy to hard; the curve is measured on others. */
const CHOICE = 48;
const MEASURED = 100;
/** Seconds of training between two looks at the puzzles: more often at first, when skill comes fast. */
const LOOK_EVERY = [1.5, 4] as const;
const EARLY_SECONDS = 60;
const TURN = 5;
const SAVE_EVERY_SECONDS = 20;

export interface LiveTraining {
  tell(progress: LabProgress): void;
  shouldStop(): boolean;
}

/** Trains from nothing, shows the same puzzles again and again, and keeps the model. Resolves with why it ended. */
export async function trainLive(
  order: Extract<ToLabTrainer, { type: 'train' }>,
  { tell, shouldStop }: LiveTraining,
): Promise<string> {
  const task = await taskNamed(order.task);
  const setup = setupFor(task, order.kind, changesFor(task, order.kind));
  const { workers, seed, maxSeconds } = order;
  const run = await LabRun.start({ task: task.id, setup, workers, seed });
  const segments = setup.config.haltMaxSteps;
  const watched = choose(task);
  const time = stopwatch();
  const seconds = () => time().seconds;
  let savedAt = 0;
  let last: ReturnType<typeof reportOf> | undefined;

  const look = async (loss: number | null): Promise<void> => {
    const thoughts = await run.solve(
      watched.map(({ index }) => index),
      segments,
    );
    last = reportOf(await run.evaluate(MEASURED, segments, CHOICE));
    tell({
      steps: run.steps,
      seconds: Math.round(seconds() * 10) / 10,
      parameters: run.parameters,
      loss,
      exact: last.exact,
      cells: last.cells,
      puzzles: last.puzzles,
      boards: thoughts.map((thought, i): LabBoard => {
        const { puzzle } = watched[i] as { puzzle: Puzzle };
        const { valid, wrong } = judged(task, puzzle, thought.answer);
        return {
          puzzle: wirePuzzle(task, puzzle),
          answer: task.text(thought.answer).replaceAll('\n', ''),
          confidence: percents(thought.confidence),
          wrong: [...wrong],
          valid,
        };
      }),
    });
  };
  const save = async () => {
    const history = historyOf([], run, { ...time(), last });
    await writeLabFile(order.file, { ...(await run.toFile(history)), run: undefined });
    savedAt = seconds();
  };

  try {
    await look(null);
    for (;;) {
      const until = seconds() + LOOK_EVERY[seconds() < EARLY_SECONDS ? 0 : 1];
      const left = () => (seconds() < until && !shouldStop() ? TURN : 0);
      const sums = await trainWhile(run, left, TURN);
      // Looks at the very weights that are saved, also where it is to stop.
      if (sums.length > 0) await look(meansOf(sums).loss);
      const isOver = shouldStop() || seconds() >= maxSeconds;
      if (isOver || seconds() - savedAt >= SAVE_EVERY_SECONDS) await save();
      if (shouldStop()) return `Stopped after ${run.steps} steps.`;
      if (isOver) return `It has trained for ${Math.round(maxSeconds / 60)} minutes.`;
    }
  } finally {
    await run.dispose();
  }
}

/** On the small boards of Sudoku a TRM mixes cells by an MLP, as its paper does: it learns several times faster. */
const changesFor = (task: LabTask, kind: LabKind): SetupChanges =>
  kind === 'trm' && task.id.startsWith('sudoku')
    ? { sizes: { mlp_t: true, pos_encodings: 'none' } }
    : {};

/** Puzzles from easy to hard, with their places among the held-out ones. */
function choose(task: LabTask): { index: number; puzzle: Puzzle }[] {
  const sorted = heldOutAfter(task, 0, CHOICE)
    .map((puzzle, index) => ({ puzzle, index }))
    .sort((a, b) => a.puzzle.size - b.puzzle.size || a.index - b.index);
  const last = sorted.length - 1;
  return Array.from(
    { length: WATCHED_PUZZLES },
    (_, i) =>
      sorted[Math.round((i * last) / (WATCHED_PUZZLES - 1))] as { index: number; puzzle: Puzzle },
  );
}
