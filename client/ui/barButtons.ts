import type { Appearance } from '../theme/theme.ts';
import { button } from './button.ts';
import { ICONS } from './icons.ts';

/** Switches between dark and light. */
export const coloursButton = (appearance: Pick<Appearance, 'flip'>): HTMLButtonElement =>
  button(
    {
      id: 'colours',
      icon: ICONS.colours,
      label: 'Dark or light colours',
      tip: 'Dark or light colours; at first it is what your system has',
    },
    () => appearance.flip(),
  );

/** Opens the help of a page. */
export const helpButton = (tip: string, show: () => void): HTMLButtonElement =>
  button({ class: 'icon', text: '?', label: 'Help and keys', tip }, show);
