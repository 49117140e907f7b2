import { explain } from '../../../shared/glossary.ts';
import { describeCell } from '../../selectors/world.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';
import {
  type Board,
  type Brush,
  boardCell,
  boardOf,
  boardPicture,
  boardText,
  emptyBoard,
  isBorder,
  MAX_BOARD_SIDE,
  MIN_BOARD_SIDE,
  place,
  resize,
} from './board.ts';
import { createPalette } from './boardPalette.ts';
import { createCheckBox } from './missionCheck.ts';
import type { MissionCommands } from './missionCommands.ts';
import { createMissionInput } from './missionInput.ts';

const START_SIDE = 8;
const DIRECTIONS = ['right', 'down', 'left', 'up'];
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Place objects by hand on a grid, by pointer or keyboard; the world is then always the same. */
export function createBoardEditor(
  store: Store,
  commands: MissionCommands,
  close: () => void,
): HTMLElement {
  let board = emptyBoard(START_SIDE, START_SIDE);
  const undone: Board[] = [];
  const check = createCheckBox(commands, close);
  const sentence = createMissionInput('Mission', commands.completeMission, draftChanged);
  const palette = createPalette();
  const grid = createGrid(() => board, paint);
  const side = (label: string, get: () => number, set: (value: number) => Board) => {
    const input = el('input', {
      class: 'number',
      type: 'number',
      min: MIN_BOARD_SIDE,
      max: MAX_BOARD_SIDE,
      on: {
        change: () => {
          const value = Math.round(input.valueAsNumber);
          if (value >= MIN_BOARD_SIDE && value <= MAX_BOARD_SIDE) change(set(value));
          else input.reportValidity();
          input.valueAsNumber = get();
        },
      },
    });
    const tip = `${label} of the world in cells, walls included. From ${MIN_BOARD_SIDE} to ${MAX_BOARD_SIDE}.`;
    return { input, get, element: el('label', { tip }, label, input) };
  };
  const sides = [
    side(
      'Width',
      () => board.width,
      (value) => resize(board, value, board.height),
    ),
    side(
      'Height',
      () => board.height,
      (value) => resize(board, board.width, value),
    ),
  ];
  const undo = button({ text: 'Undo' }, () => {
    const before = undone.pop();
    if (before) show(before);
  });

  function draftChanged() {
    const text = sentence.value();
    check.changed(text === '' ? undefined : { layout: boardText(board, text) });
  }

  function paint(x: number, y: number, brush: Brush = palette.brush()) {
    change(place(board, x, y, brush));
  }

  function change(next: Board) {
    if (next === board) return;
    undone.push(board);
    show(next);
  }

  function show(next: Board) {
    board = next;
    undo.disabled = undone.length === 0;
    for (const { input, get } of sides) input.valueAsNumber = get();
    grid.show();
    draftChanged();
  }

  function fromStage() {
    const { replay } = store.get().episode ?? {};
    if (!replay) return;
    const start = boardOf(replay.levelId, replay.seed);
    change(start.board);
    sentence.set(start.sentence);
  }

  show(board);
  return el(
    'div',
    { class: 'builder' },
    el(
      'div',
      { class: 'builder-side' },
      palette.element,
      el('div', { class: 'room-options' }, ...sides.map(({ element }) => element)),
      el(
        'div',
        { class: 'row-of-buttons' },
        undo,
        button({ text: 'Clear', tip: 'Begins with an empty room of this size.' }, () =>
          change(emptyBoard(board.width, board.height)),
        ),
        button(
          {
            text: 'Take the stage’s world',
            tip: 'Begins with the world that is on the stage now.',
          },
          fromStage,
        ),
      ),
    ),
    grid.element,
    el('div', { class: 'builder-side' }, sentence.element, check.element),
  );
}

/** The grid: one picture, and over it a cell each to be pressed or walked to with the arrow keys. */
function createGrid(board: () => Board, paint: (x: number, y: number, brush?: Brush) => void) {
  const picture = el('img', { alt: '', draggable: 'false' });
  const cells = el('div', {
    class: 'board-cells',
    role: 'grid',
    'aria-label': 'World: arrow keys move, Enter places, Delete clears',
  });
  const told = el('p', { class: 'empty board-cell', 'aria-live': 'polite', tip: explain('cell') });
  const element = el(
    'div',
    { class: 'board' },
    el('div', { class: 'board-frame' }, picture, cells),
    told,
  );
  let at = { x: 1, y: 1 };
  let size = '';
  let isPainting = false;

  const cellOf = (target: EventTarget | null) => {
    const cell = (target as Element | null)?.closest<HTMLElement>('[data-x]');
    return cell && { x: Number(cell.dataset.x), y: Number(cell.dataset.y) };
  };
  const elementAt = (x: number, y: number) =>
    cells.querySelector<HTMLElement>(`[data-x="${x}"][data-y="${y}"]`);

  cells.addEventListener('pointerdown', (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    isPainting = true;
    focus(cell.x, cell.y);
    paint(cell.x, cell.y);
    // Without this a finger would hold on to the cell that it touched first.
    cells.setPointerCapture?.(event.pointerId);
    event.preventDefault();
  });
  cells.addEventListener('pointermove', (event) => {
    if (!isPainting) return;
    const cell = cellOf(document.elementFromPoint(event.clientX, event.clientY));
    if (cell && (cell.x !== at.x || cell.y !== at.y)) {
      focus(cell.x, cell.y);
      paint(cell.x, cell.y);
    }
  });
  for (const end of ['pointerup', 'pointercancel'] as const)
    cells.addEventListener(end, () => {
      isPainting = false;
    });
  cells.addEventListener('keydown', (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const { width, height } = board();
      focus(
        Math.min(width - 1, Math.max(0, at.x + arrow[0])),
        Math.min(height - 1, Math.max(0, at.y + arrow[1])),
      );
    } else if (event.key === 'Enter' || event.key === ' ') paint(at.x, at.y);
    else if (event.key === 'Delete' || event.key === 'Backspace')
      paint(at.x, at.y, { kind: 'floor' });
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function focus(x: number, y: number) {
    elementAt(at.x, at.y)?.setAttribute('tabindex', '-1');
    at = { x, y };
    const cell = elementAt(x, y);
    cell?.setAttribute('tabindex', '0');
    cell?.focus({ preventScroll: true });
    tell();
  }

  function tell() {
    setText(told, `Column ${at.x + 1}, row ${at.y + 1}: ${describe(board(), at.x, at.y)}`);
  }

  return {
    element,
    show() {
      const now = board();
      const { width, height } = now;
      picture.src = boardPicture(now);
      if (size !== `${width}x${height}`) {
        size = `${width}x${height}`;
        element.style.setProperty('--columns', String(width));
        element.style.setProperty('--rows', String(height));
        cells.replaceChildren(...rowsOf(width, height));
        at = { x: Math.min(at.x, width - 1), y: Math.min(at.y, height - 1) };
        elementAt(at.x, at.y)?.setAttribute('tabindex', '0');
      }
      for (const cell of cells.querySelectorAll<HTMLElement>('[data-x]'))
        cell.setAttribute(
          'aria-label',
          describe(now, Number(cell.dataset.x), Number(cell.dataset.y)),
        );
      tell();
    },
  };
}

function rowsOf(width: number, height: number): HTMLElement[] {
  return Array.from({ length: height }, (_, y) =>
    el(
      'div',
      { role: 'row' },
      ...Array.from({ length: width }, (_, x) =>
        el('div', { role: 'gridcell', tabindex: -1, 'data-x': x, 'data-y': y }),
      ),
    ),
  );
}

function describe(board: Board, x: number, y: number): string {
  if (board.agent.x === x && board.agent.y === y)
    return `agent, looking ${DIRECTIONS[board.agent.dir]}`;
  if (isBorder(board, x, y)) return 'border wall';
  return describeCell(boardCell(board, x, y));
}
