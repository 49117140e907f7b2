import { LAYER_IDS, LAYERS } from '../../store/layers.ts';
import type { Store } from '../../store/store.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, icon } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';

/** The button that opens the list of the stage's layers, each with its key. */
export function layersMenu(store: Store, commands: Commands): HTMLElement {
  const popover = el('div', {
    class: 'popover',
    id: 'layers-menu',
    role: 'group',
    'aria-label': 'Layers of the stage',
    hidden: true,
  });
  for (const layer of LAYER_IDS) {
    const { label, key, help } = LAYERS[layer];
    const box = el('input', { type: 'checkbox', 'data-layer': layer, 'aria-keyshortcuts': key });
    box.addEventListener('change', () => commands.setLayers({ [layer]: box.checked }));
    store.watch(
      (state): boolean => state.view.layers[layer],
      (on) => {
        box.checked = on;
      },
    );
    const name = el('span', { class: 'name', text: label });
    const hint = el('kbd', { text: key, 'aria-hidden': 'true' });
    popover.append(el('label', { class: `layer ${layer}`, tip: help }, box, name, hint));
  }
  const button = el(
    'button',
    {
      class: 'button icon',
      type: 'button',
      'aria-label': 'Layers of the stage',
      'aria-expanded': 'false',
      'aria-controls': 'layers-menu',
      tip: 'What the stage shows',
    },
    icon(ICONS.layers),
  );
  const menu = el('div', { class: 'layers' }, button, popover);
  const open = (on: boolean) => {
    popover.hidden = !on;
    button.setAttribute('aria-expanded', String(on));
  };
  button.addEventListener('click', () => open(popover.hidden === true));
  document.addEventListener('pointerdown', (event) => {
    if (!menu.contains(event.target as Node)) open(false);
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || popover.hidden) return;
    open(false);
    button.focus();
  });
  return menu;
}
