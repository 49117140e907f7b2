import type { LabPuzzle } from '../../shared/lab.ts';
import { el } from '../ui/dom.ts';

/** What a board shows. */
export interface BoardView {
  puzzle: LabPuzzle;
  /** What stands in the cells, edits included. */
  cells: string;
  /** What the model thinks of them; absent before any thought. */
  thought?: { answer: string; confidence: readonly number[]; wrong: readonly number[] };
  changed?: ReadonlySet<number>;
  /** Cells that a person changed in mid-thought. */
  edited?: ReadonlySet<number>;
  chosen?: number;
}

export interface BoardEvents {
  onChoose(cell: number | undefined): void;
  /** A sign for the chosen cell; empty for "the other one" of a maze. */
  onSign(cell: number, sign: string): void;
}

export interface Board {
  readonly element: HTMLElement;
  draw(view: BoardView | undefined): void;
}

let boards = 0;
const KINDS: Readonly<Record<string, string>> = { '#': 'wall', S: 'end', G: 'end', o: 'way' };

/** A board as a grid of cells. With `events` its cells can be chosen and changed, by pointer and by keys. */
export function createBoard(name: string, events?: BoardEvents): Board {
  const prefix = `board-${++boards}`;
  const element = el('div', {
    class: 'lab-board',
    role: events ? 'grid' : 'img',
    'aria-label': name,
    ...(events ? { tabindex: 0, 'aria-describedby': 'board-help' } : {}),
  });
  let cells: HTMLElement[] = [];
  let shape = '';
  let view: BoardView | undefined;

  function build({ puzzle }: BoardView): void {
    const { rows, columns, boxRows, boxColumns } = puzzle;
    const next = `${rows} ${columns} ${boxRows} ${boxColumns}`;
    if (next === shape) return;
    shape = next;
    element.style.setProperty('--columns', String(columns));
    element.style.setProperty('--rows', String(rows));
    cells = [];
    const lines = Array.from({ length: rows }, (_, row) => {
      const line = el('div', { class: 'board-row', ...(events ? { role: 'row' } : {}) });
      for (let column = 0; column < columns; column++) {
        const index = row * columns + column;
        const cell = el(
          'div',
          {
            class: 'cell',
            id: `${prefix}-${index}`,
            'data-cell': index,
            'data-edge': [
              boxRows > 0 && row % boxRows === 0 && row > 0 ? 'top' : '',
              boxColumns > 0 && column % boxColumns === 0 && column > 0 ? 'left' : '',
            ]
              .join(' ')
              .trim(),
            ...(events ? { role: 'gridcell' } : {}),
          },
          el('span', { 'aria-hidden': 'true' }),
        );
        cells.push(cell);
        line.append(cell);
      }
      return line;
    });
    element.replaceChildren(...lines);
  }

  function draw(next: BoardView | undefined): void {
    view = next;
    element.hidden = next === undefined;
    if (!next) return;
    build(next);
    const { puzzle, thought, changed, edited, chosen } = next;
    const isMaze = /[#SG]/.test(puzzle.cells);
    element.dataset.kind = isMaze ? 'maze' : 'sudoku';
    const wrong = new Set(thought?.wrong);
    let unsure = 0;
    for (const [index, cell] of cells.entries()) {
      const given = next.cells[index] ?? '.';
      const isGiven = given !== '.';
      const answer = thought?.answer[index];
      const sign = isGiven || answer === undefined ? given : answer;
      const sure = isGiven ? 1 : (thought?.confidence[index] ?? 0) / 100;
      if (sure < 0.9) unsure++;
      const kind = isGiven
        ? (KINDS[given] ?? 'given')
        : (KINDS[sign] ?? (answer ? 'answer' : 'blank'));
      // A free cell that is no part of the way says as much by its emptiness.
      const text = sign === '.' || sign === '#' || sign === 'o' ? '' : sign;
      const isWrong = wrong.has(index);
      const span = cell.firstElementChild as HTMLElement;
      if (span.textContent !== text) span.textContent = text;
      cell.dataset.look = kind;
      cell.style.setProperty('--sure', String(answer === undefined ? 1 : sure));
      set(cell, 'wrong', isWrong && !isGiven);
      set(cell, 'taken', isWrong && isGiven);
      set(cell, 'changed', changed?.has(index) ?? false);
      set(cell, 'edited', edited?.has(index) ?? false);
      set(cell, 'chosen', chosen === index);
      if (events) {
        const row = Math.floor(index / puzzle.columns) + 1;
        const what =
          sign === '.'
            ? isMaze
              ? 'free'
              : 'blank'
            : sign === '#'
              ? 'wall'
              : sign === 'o'
                ? 'way'
                : sign;
        const words = [
          `Row ${row}, column ${(index % puzzle.columns) + 1}: ${what}`,
          isGiven ? (isMaze ? '' : 'given') : answer ? `${Math.round(100 * sure)} % sure` : '',
          isWrong ? (isGiven ? 'the model would change it' : 'wrong') : '',
        ];
        cell.setAttribute('aria-label', words.filter(Boolean).join(', '));
      }
    }
    if (events) {
      if (chosen === undefined) element.removeAttribute('aria-activedescendant');
      else element.setAttribute('aria-activedescendant', `${prefix}-${chosen}`);
    } else {
      const state = !thought
        ? 'not thought about yet'
        : wrong.size === 0
          ? 'solved'
          : `${wrong.size} cells wrong`;
      element.setAttribute('aria-label', `${name}: ${state}, ${unsure} cells unsure`);
    }
  }

  if (events) {
    element.addEventListener('click', (event) => {
      const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]');
      if (!cell || !view) return;
      const index = Number(cell.dataset.cell);
      const isMaze = element.dataset.kind === 'maze';
      events.onChoose(view.chosen === index && !isMaze ? undefined : index);
      if (isMaze) toggle(index);
    });
    element.addEventListener('keydown', (event) => {
      if (!view || event.ctrlKey || event.metaKey || event.altKey) return;
      if (act(event.key)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
  }

  /** Wall to free and back; the two ends stay. */
  function toggle(index: number): void {
    const sign = view?.cells[index];
    if (sign === '#') events?.onSign(index, '.');
    else if (sign === '.') events?.onSign(index, '#');
  }

  function act(key: string): boolean {
    if (!view || !events) return false;
    const { rows, columns } = view.puzzle;
    const chosen = view.chosen ?? -1;
    const [row, column] = [Math.floor(chosen / columns), chosen % columns];
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[key];
    if (step) {
      const next =
        chosen < 0
          ? 0
          : Math.max(0, Math.min(rows - 1, row + step[0])) * columns +
            Math.max(0, Math.min(columns - 1, column + step[1]));
      events.onChoose(next);
      return true;
    }
    if (key === 'Escape' && chosen >= 0) {
      events.onChoose(undefined);
      return true;
    }
    if (chosen < 0) return false;
    const isMaze = element.dataset.kind === 'maze';
    if (isMaze) {
      if (key !== 'Enter' && key !== ' ') return false;
      toggle(chosen);
      return true;
    }
    const sign = key === 'Backspace' || key === 'Delete' || key === '0' ? '.' : key;
    if (sign !== '.' && !(/^[1-9]$/.test(sign) && Number(sign) <= columns)) return false;
    events.onSign(chosen, sign);
    return true;
  }

  return { element, draw };
}

function set(cell: HTMLElement, name: string, on: boolean): void {
  if (on) cell.dataset[name] = '';
  else delete cell.dataset[name];
}
