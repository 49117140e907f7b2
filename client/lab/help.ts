import { helpDialog } from '../ui/helpDialog.ts';
import { LAB_KEYS } from './keys.ts';

const READING: readonly (readonly [string, string])[] = [
  [
    'Board',
    'Printed digits are given. Blue ones are what the model thinks, as strong as it is sure of them. An orange frame: changed since the segment before. Underlined in red: wrong.',
  ],
  [
    'Segment',
    'One pass of the recursion: the Doer thinks several times under one plan, then the Planner takes that up. The model was trained to solve in up to eight; grey in the charts is longer than that.',
  ],
  [
    'Halt?',
    'A small head says after each segment whether it would stop. It is often right and sometimes sure of a wrong answer.',
  ],
  [
    'States',
    'How far the Planner’s and the Doer’s state moved. Where both come to rest the answer stays, right or wrong.',
  ],
  [
    'Halves',
    'With the Doer off the puzzle never reaches the Planner: every puzzle has the same answer. With the Planner off the Doer thinks without a plan.',
  ],
  [
    'Kick',
    'Noise pushes the states off their way. Several ways side by side find answers that a single one misses; the halting head picks one.',
  ],
  [
    'Held out',
    'Puzzles whose solution (a maze: whose walls) no training sees. The six on the page Train are such, too.',
  ],
];

const KEYS: readonly (readonly [readonly string[], string])[] = [
  ...LAB_KEYS.map(({ keys, help }) => [keys.map(({ cap }) => cap), help] as const),
  [
    ['On the board'],
    'Arrows choose a cell, digits fill it, Backspace blanks it; Enter turns a wall of a maze',
  ],
];

/** The help overlay. Returns how to open it. */
export function createLabHelp(): () => void {
  const dialog = helpDialog({
    id: 'lab-help-title',
    title: 'How to read the lab',
    reading: READING,
    keys: KEYS,
  });
  return () => dialog.open || dialog.showModal();
}
