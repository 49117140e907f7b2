import type { ActionName } from '../../shared/constants.ts';
import { LAYER_IDS, LAYERS } from '../store/layers.ts';
import { SPEEDS } from '../store/state.ts';
import type { Commands } from './commands.ts';

/** A key of the page. `key` is what the browser calls it; letters are found in either case. */
export interface KeyBinding {
  key: string;
  shift?: boolean;
  /** What is written on it. */
  cap: string;
  act(commands: Commands): void;
}

/** Keys that belong together, as the help lists them. */
export interface KeyGroup {
  help: string;
  /** Caps to show, where not each key is to be listed. */
  caps?: readonly string[];
  keys: readonly KeyBinding[];
}

const letter = (cap: string, act: KeyBinding['act']): KeyBinding => ({
  key: cap.toLowerCase(),
  cap,
  act,
});

/** All keys, once: they are pressed, listed in the help and named on buttons from here. */
export const PAGE_KEYS: readonly KeyGroup[] = [
  { help: 'Play or pause', keys: [{ key: ' ', cap: 'Space', act: (to) => to.togglePlay() }] },
  {
    help: 'One step back or on',
    keys: [
      { key: 'ArrowLeft', shift: false, cap: 'Left', act: (to) => to.stepBy(-1) },
      { key: 'ArrowRight', shift: false, cap: 'Right', act: (to) => to.stepBy(1) },
    ],
  },
  {
    help: 'Previous or next episode',
    caps: ['Shift', 'Left', 'Right'],
    keys: [
      { key: 'ArrowLeft', shift: true, cap: 'Left', act: (to) => to.episodeBy(-1) },
      { key: 'ArrowRight', shift: true, cap: 'Right', act: (to) => to.episodeBy(1) },
    ],
  },
  {
    help: 'Viewing speed ¼× to 16×',
    caps: ['1', '…', String(SPEEDS.length)],
    keys: SPEEDS.map((speed, at) => ({
      key: String(at + 1),
      cap: String(at + 1),
      act: (to) => to.setSpeed(speed),
    })),
  },
  { help: 'Follow the run live', keys: [letter('L', (to) => to.goLive())] },
  {
    help: 'Loop: from this step, up to this step, off',
    keys: [
      letter('A', (to) => to.markLoop('from')),
      letter('B', (to) => to.markLoop('to')),
      letter('X', (to) => to.setLoop(undefined)),
    ],
  },
  ...LAYER_IDS.map((id) => ({
    help: `Stage: ${LAYERS[id].label}`,
    keys: [letter(LAYERS[id].key, (to) => to.toggleLayer(id))],
  })),
  { help: 'Record what is shown', keys: [letter('R', (to) => to.toggleRecording())] },
  {
    help: 'Play this level yourself, or stop',
    keys: [letter('P', (to) => to.togglePlayYourself())],
  },
  {
    help: 'Point at a cell: arrows, Enter gives the Planner that goal',
    keys: [letter('O', (to) => to.toggleAim())],
  },
  { help: 'Take over at this step; hand back', keys: [letter('Y', (to) => to.takeOverHere())] },
  {
    help: 'Compare two policies on the same worlds',
    keys: [letter('C', (to) => to.toggleCompare())],
  },
  { help: 'Lessons: five of five minutes', keys: [letter('U', (to) => to.toggleLessons())] },
  {
    help: 'Back from what was tried out',
    keys: [{ key: 'Escape', cap: 'Esc', act: (to) => to.leaveBranch() }],
  },
  { help: 'This help', keys: [{ key: '?', cap: '?', act: (to) => to.showHelp() }] },
];

/** Minigrid's keys for the person who plays. */
export const ACTION_KEYS: Readonly<Record<ActionName, { key: string; cap: string }>> = {
  left: { key: 'ArrowLeft', cap: '←' },
  right: { key: 'ArrowRight', cap: '→' },
  forward: { key: 'ArrowUp', cap: '↑' },
  pickup: { key: 'PageUp', cap: 'Page up' },
  drop: { key: 'PageDown', cap: 'Page down' },
  toggle: { key: ' ', cap: 'Space' },
  done: { key: 'Enter', cap: 'Enter' },
};
