import { ACTION_NAMES } from '../../shared/constants.ts';
import type { Commands } from '../ui/commands.ts';
import { ACTION_KEYS, PAGE_KEYS } from '../ui/keys.ts';

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What a key press asks for while a cell is being pointed at; every other key keeps its meaning. */
export function commandForAim(key: string, commands: Commands): (() => void) | undefined {
  const arrow = ARROWS[key];
  if (arrow) return () => commands.moveAim(...arrow);
  if (key === 'Enter' || key === ' ') return () => commands.touchAim();
  return key === 'Escape' || key.toLowerCase() === 'o' ? () => commands.toggleAim() : undefined;
}

/** What a key press asks for while a person plays; undefined where it keeps its usual meaning. */
export function commandForPerson(key: string, commands: Commands): (() => void) | undefined {
  const action = ACTION_NAMES.findIndex((name) => ACTION_KEYS[name].key === key);
  if (action >= 0) return () => commands.act(action);
  if (key.toLowerCase() === 'y') return () => commands.handBack();
  return key === 'Escape' ? () => commands.leaveBranch() : undefined;
}

/** What a key press asks for; undefined for keys without a meaning. */
export function commandForKey(
  event: { key: string; shiftKey: boolean },
  commands: Commands,
): (() => void) | undefined {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const binding = PAGE_KEYS.flatMap(({ keys }) => keys).find(
    (one) => one.key === key && (one.shift === undefined || one.shift === event.shiftKey),
  );
  return binding && (() => binding.act(commands));
}

/** Listens on the page, and keeps out of the way of fields, dialogs and the browser's own keys. */
export function installKeys(
  commands: Commands,
  isPlaying: () => boolean,
  isAiming: () => boolean,
): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    if (target.closest('input:not([type=checkbox]), select, textarea, dialog')) return;
    const onButton = target.closest('button, summary, a, input') !== null;
    if (onButton && (event.key === ' ' || event.key === 'Enter')) return;
    const command =
      (isAiming() && commandForAim(event.key, commands)) ||
      (isPlaying() && commandForPerson(event.key, commands)) ||
      commandForKey(event, commands);
    if (!command) return;
    event.preventDefault();
    command();
  });
}
