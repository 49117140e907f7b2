import type { LabPuzzle, LabThought } from '../../shared/lab.ts';
import type { Theme } from '../theme/theme.ts';
import { onDensity, pixelRatio } from '../theme/zoom.ts';
import { el } from '../ui/dom.ts';
import { wrongWords } from './words.ts';

const SIDE = 52;

/** The board after each segment as small pictures in a row; one is chosen by click. */
export function createFilmstrip(onPick: (at: number) => void) {
  const element = el('div', { class: 'filmstrip', role: 'group', 'aria-label': 'Each segment' });
  let drawn: unknown[] = [];
  let pictures: (() => void)[] = [];
  onDensity(() => {
    for (const draw of pictures) draw();
  });

  return {
    element,
    draw(puzzle: LabPuzzle, thoughts: readonly LabThought[], at: number, theme: Theme) {
      const inputs = [puzzle, thoughts, theme];
      if (!inputs.every((value, i) => value === drawn[i])) {
        drawn = inputs;
        const frames = thoughts.map((thought, i) => frame(puzzle, thought, i + 1, theme, onPick));
        element.replaceChildren(...frames.map(({ button }) => button));
        pictures = frames.map(({ draw }) => draw);
      }
      for (const [i, child] of [...element.children].entries()) {
        const isHere = i + 1 === at;
        if (child.getAttribute('aria-pressed') === String(isHere)) continue;
        child.setAttribute('aria-pressed', String(isHere));
        if (isHere) {
          // Only the strip moves, not the page.
          const left = (child as HTMLElement).offsetLeft - element.clientWidth / 2 + SIDE / 2;
          element.scrollTo({ left });
        }
      }
    },
  };
}

function frame(
  puzzle: LabPuzzle,
  thought: LabThought,
  segment: number,
  theme: Theme,
  onPick: (at: number) => void,
): { button: HTMLElement; draw(): void } {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  const draw = () => {
    const side = Math.round(SIDE * pixelRatio());
    canvas.width = side;
    canvas.height = side;
    if (context) drawBoard(context, side, puzzle, thought, theme);
  };
  draw();
  // After long in the background, or where the graphics card starts afresh, the picture is gone.
  canvas.addEventListener('contextrestored', draw);
  const words = thought.valid ? 'solved' : wrongWords(puzzle, thought.wrong);
  const button = el(
    'button',
    {
      type: 'button',
      'data-segment': segment,
      'data-valid': String(thought.valid),
      'aria-label': `Segment ${segment}: ${words}`,
      tip: `After segment ${segment}: ${words}`,
      on: { click: () => onPick(segment) },
    },
    canvas,
    el('span', { text: String(segment) }),
  );
  return { button, draw };
}

function drawBoard(
  context: CanvasRenderingContext2D,
  side: number,
  { rows, columns, cells }: LabPuzzle,
  { answer, confidence, wrong }: LabThought,
  theme: Theme,
): void {
  const [w, h] = [side / columns, side / rows];
  const isWrong = new Set(wrong);
  context.fillStyle = theme.panel;
  context.fillRect(0, 0, side, side);
  for (const [i, given] of [...cells].entries()) {
    const sign = given === '.' ? answer[i] : given;
    const sure = (confidence[i] ?? 0) / 100;
    const isGiven = given !== '.';
    const color =
      isWrong.has(i) && !isGiven
        ? theme.bad
        : given === '#'
          ? theme.wall
          : given === 'S' || given === 'G'
            ? theme.heldOut
            : isGiven
              ? theme.line
              : sign === '.'
                ? theme.floor
                : theme.doer;
    context.globalAlpha = isGiven || sign === '.' ? 1 : 0.15 + 0.85 * sure;
    context.fillStyle = color;
    const [x, y] = [(i % columns) * w, Math.floor(i / columns) * h];
    // Drawn to whole pixels, or seams would show between cells.
    const [left, top] = [Math.round(x), Math.round(y)];
    const gap = columns > 12 ? 0 : 1;
    context.fillRect(left, top, Math.round(x + w) - left - gap, Math.round(y + h) - top - gap);
  }
  context.globalAlpha = 1;
}
