import { EMPTY_CELL, packCell, WALL_CELL } from '../../../envs/cells.ts';
import { drawCells } from '../../../envs/thumbnail.ts';
import { COLOR_NAMES, DoorState, ObjectType } from '../../../shared/constants.ts';
import { at } from '../../../shared/indexing.ts';
import { el } from '../../ui/dom.ts';
import type { Brush } from './board.ts';

interface Kind {
  label: string;
  /** Colour and, of boxes, content matter. */
  colored: boolean;
  brush(color: number, holds: Held): Brush;
}
type Held = { type: number; color: number } | null;

const thing = (label: string, type: number, doorState = 0): Kind => ({
  label,
  colored: true,
  brush: (color, holds) => ({
    kind: 'thing',
    type,
    color,
    doorState,
    holds: type === ObjectType.box ? holds : null,
  }),
});
const agent = (label: string, dir: number): Kind => ({
  label,
  colored: false,
  brush: () => ({ kind: 'agent', dir }),
});

const KINDS: readonly Kind[] = [
  { label: 'Wall', colored: false, brush: () => ({ kind: 'wall' }) },
  { label: 'Floor', colored: false, brush: () => ({ kind: 'floor' }) },
  thing('Key', ObjectType.key),
  thing('Ball', ObjectType.ball),
  thing('Box', ObjectType.box),
  thing('Closed door', ObjectType.door, DoorState.closed),
  thing('Locked door', ObjectType.door, DoorState.locked),
  thing('Open door', ObjectType.door, DoorState.open),
  agent('Agent, looking right', 0),
  agent('Agent, looking down', 1),
  agent('Agent, looking left', 2),
  agent('Agent, looking up', 3),
];
const START = 3;

/** What a brush draws, as the address of an SVG picture of one cell. */
export function pictureOf(brush: Brush): string {
  const cell =
    brush.kind === 'thing'
      ? packCell(brush.type, brush.color, brush.doorState)
      : brush.kind === 'wall'
        ? WALL_CELL
        : EMPTY_CELL;
  // Where there is none it stands outside of the picture.
  const agent = brush.kind === 'agent' ? { x: 0, y: 0, dir: brush.dir } : { x: -9, y: -9, dir: 0 };
  const svg = drawCells({ width: 1, height: 1, codeAt: () => cell, agent, title: '' });
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const HELD_TYPES = ['key', 'ball', 'box'] as const;

/** What is placed next: the kind of thing, its colour, and what a box holds. */
export function createPalette(): { element: HTMLElement; brush(): Brush } {
  const name = 'board-kind';
  const radios = KINDS.map(({ label }, at) => {
    const input = el('input', { type: 'radio', name, checked: at === START });
    const picture = el('img', { class: 'picture', alt: '', width: 22, height: 22 });
    return { input, picture, element: el('label', { class: 'pick' }, input, picture, label) };
  });
  const colors = COLOR_NAMES.map((color, at) => {
    const input = el('input', { type: 'radio', name: 'board-color', checked: at === 0 });
    const swatch = el('i', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.setProperty('--term', `var(--object-${color})`);
    return { input, element: el('label', { class: 'pick' }, input, swatch, color) };
  });
  const holds = el(
    'select',
    { class: 'search', 'aria-label': 'What the box holds' },
    el('option', { value: '', text: 'Box holds nothing' }),
    ...HELD_TYPES.flatMap((type) =>
      COLOR_NAMES.map((color, index) =>
        el('option', {
          value: `${ObjectType[type]} ${index}`,
          text: `Box holds a ${color} ${type}`,
        }),
      ),
    ),
  );
  const kinds = el(
    'fieldset',
    { class: 'palette' },
    el('legend', { text: 'Place' }),
    ...radios.map(({ element }) => element),
  );
  const colorField = el(
    'fieldset',
    { class: 'palette' },
    el('legend', { text: 'Colour' }),
    ...colors.map(({ element }) => element),
  );
  const checked = (options: readonly { input: HTMLInputElement }[]) =>
    options.findIndex(({ input }) => input.checked);
  const chosen = () => at(KINDS, checked(radios));

  function sync() {
    for (const [i, { picture }] of radios.entries())
      picture.src = pictureOf(at(KINDS, i).brush(checked(colors), null));
    colorField.disabled = !chosen().colored;
    holds.hidden = chosen().label !== 'Box';
  }
  for (const field of [kinds, colorField]) field.addEventListener('change', sync);
  sync();

  return {
    element: el('div', {}, kinds, colorField, holds),
    brush() {
      const [type, color] = holds.value.split(' ').map(Number);
      const held = type === undefined || color === undefined ? null : { type, color };
      return chosen().brush(checked(colors), held);
    },
  };
}
