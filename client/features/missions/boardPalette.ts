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
const HELD_TYPES = ['key', 'ball', 'box'] as const;

/** What is placed next: the kind of thing, its colour, and what a box holds. */
export function createPalette(): { element: HTMLElement; brush(): Brush } {
  const name = 'board-kind';
  const radios = KINDS.map(({ label }, at) => {
    const input = el('input', { type: 'radio', name, checked: at === START });
    return { input, element: el('label', { class: 'pick' }, input, label) };
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
    colorField.disabled = !chosen().colored;
    holds.hidden = chosen().label !== 'Box';
  }
  kinds.addEventListener('change', sync);
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
