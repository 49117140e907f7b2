import { Action } from '../../shared/constants.ts';
import { layerOfKey } from '../selectors/layers.ts';
import { SPEEDS } from '../selectors/view.ts';
import type { Commands } from '../ui/commands.ts';

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

/** Minigrid's keys for whoever plays by hand. */
const ACTION_KEYS: Readonly<Record<string, number>> = {
  ArrowLeft: Action.left,
  ArrowRight: Action.right,
  ArrowUp: Action.forward,
  PageUp: Action.pickup,
  PageDown: Action.drop,
  ' ': Action.toggle,
  Enter: Action.done,
};

/** What a key press asks for while a person plays; undefined where it keeps its usual meaning. */
export function commandForPlayer(key: string, commands: Commands): (() => void) | undefined {
  const action = ACTION_KEYS[key];
  if (action !== undefined) return () => commands.act(action);
  if (key.toLowerCase() === 'y') return () => commands.handBack();
  return key === 'Escape' ? () => commands.leaveBranch() : undefined;
}

/** What a key press asks for; undefined where it is nobody's. */
export function commandForKey(
  event: { key: string; shiftKey: boolean },
  commands: Commands,
): (() => void) | undefined {
  const { key, shiftKey } = event;
  const speed = SPEEDS[Number(key) - 1];
  if (speed !== undefined) return () => commands.setSpeed(speed);
  const layer = layerOfKey(key);
  if (layer !== undefined) return () => commands.toggleLayer(layer);
  switch (key) {
    case 'a':
    case 'A':
      return () => commands.markLoop('from');
    case 'b':
    case 'B':
      return () => commands.markLoop('to');
    case 'x':
    case 'X':
      return () => commands.setLoop(undefined);
    case ' ':
      return () => commands.togglePlay();
    case 'ArrowLeft':
      return () => (shiftKey ? commands.episodeBy(-1) : commands.stepBy(-1));
    case 'ArrowRight':
      return () => (shiftKey ? commands.episodeBy(1) : commands.stepBy(1));
    case 'l':
    case 'L':
      return () => commands.goLive();
    case 'r':
    case 'R':
      return () => commands.toggleRecording();
    case 'p':
    case 'P':
      return () => commands.togglePlayYourself();
    case 'c':
    case 'C':
      return () => commands.showCompare();
    case 'o':
    case 'O':
      return () => commands.toggleAim();
    case 'y':
    case 'Y':
      return () => commands.takeOverHere();
    case 'Escape':
      return () => commands.leaveBranch();
    case '?':
      return () => commands.showHelp();
    default:
      return undefined;
  }
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
      (isPlaying() && commandForPlayer(event.key, commands)) ||
      commandForKey(event, commands);
    if (!command) return;
    event.preventDefault();
    command();
  });
}
