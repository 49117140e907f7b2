import type { LabPuzzle } from '../../../shared/lab.ts';
import { THINKING_LESSON } from '../../../shared/lessons.ts';
import type { SendCommand } from '../../net/connection.ts';
import { patiently } from '../../net/patience.ts';
import { el, setText } from '../../ui/dom.ts';

/** A puzzle and what the model answers after each segment. */
interface Solved {
  puzzle: LabPuzzle;
  thoughts: readonly { answer: string; wrong: readonly number[]; valid: boolean }[];
}

export interface Sudokus {
  readonly element: HTMLElement;
  /** Asks the server, once; the pictures come as they are thought. Rejects with a message fit to be shown. */
  load(): Promise<void>;
  /** Whether all are there and the slider stands at the least number of thoughts that solves them all. */
  isLeast(): boolean;
}

/** The lesson's Sudokus after as many thoughts as the slider says. `changed` is called after every change. */
export function createSudokus(send: SendCommand, changed: () => void): Sudokus {
  const { model, task, puzzles, segments } = THINKING_LESSON;
  const solved: (Solved | undefined)[] = puzzles.map(() => undefined);
  const slider = el('input', {
    type: 'range',
    id: 'lesson-thoughts',
    min: 1,
    max: segments,
    step: 1,
    value: 1,
    'aria-label': 'Thoughts',
    on: { input: () => draw() },
  });
  const count = el('output', { for: 'lesson-thoughts', 'aria-live': 'polite' });
  const boards = puzzles.map((number) =>
    el('div', { class: 'sudoku', role: 'img', 'aria-label': `Sudoku ${number}` }),
  );
  const element = el(
    'div',
    { class: 'sudokus' },
    el('div', { class: 'thoughts' }, slider, count),
    el('div', { class: 'boards' }, ...boards),
  );
  let loading: Promise<void> | undefined;

  const isSolved = (one: Solved | undefined, thoughts: number) =>
    one?.thoughts[thoughts - 1]?.valid === true;
  const solvedAfter = (thoughts: number) => solved.filter((one) => isSolved(one, thoughts)).length;

  function draw(): void {
    const thoughts = Number(slider.value);
    const there = solved.filter(Boolean).length;
    const words = `${thoughts} ${thoughts === 1 ? 'thought' : 'thoughts'}: ${solvedAfter(thoughts)} of ${there} solved`;
    setText(count, there === 0 ? 'The lab thinks…' : words);
    slider.setAttribute('aria-valuetext', words);
    solved.forEach((one, i) => {
      const board = boards[i];
      if (one && board) drawBoard(board, one, thoughts);
    });
    changed();
  }

  function drawBoard(board: HTMLElement, { puzzle, thoughts }: Solved, at: number): void {
    const thought = thoughts[at - 1];
    if (!thought) return;
    const { columns, boxColumns, boxRows, cells } = puzzle;
    board.style.setProperty('--columns', String(columns));
    board.dataset.solved = String(thought.valid);
    board.setAttribute(
      'aria-label',
      `Sudoku: ${thought.valid ? 'solved' : `${thought.wrong.length} cells wrong`}`,
    );
    const wrong = new Set(thought.wrong);
    board.replaceChildren(
      ...[...thought.answer].map((sign, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        return el('span', {
          text: sign,
          'data-given': cells[i] !== '.',
          'data-wrong': wrong.has(i),
          'data-right': (column + 1) % boxColumns === 0 && column + 1 < columns,
          'data-low': (row + 1) % boxRows === 0 && i + columns < cells.length,
        });
      }),
    );
  }

  async function ask(): Promise<void> {
    for (const [i, index] of puzzles.entries()) {
      const { puzzle } = await patiently(() => send('lab:puzzle', { task, index }));
      const { trajectories } = await patiently(() =>
        send('lab:think', { model, puzzle: puzzle.cells, segments }),
      );
      solved[i] = { puzzle, thoughts: trajectories[0]?.thoughts ?? [] };
      draw();
    }
  }

  draw();
  return {
    element,
    load() {
      // After a refusal the next one may go through.
      loading ??= ask().catch((error) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
    isLeast() {
      const thoughts = Number(slider.value);
      const all = puzzles.length;
      return (
        solved.every(Boolean) &&
        solvedAfter(thoughts) === all &&
        (thoughts === 1 || solvedAfter(thoughts - 1) < all)
      );
    },
  };
}
