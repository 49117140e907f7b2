import type { LabActions } from './actions.ts';
import type { LabStore } from './state.ts';

/** What a key may ask for. */
export interface LabKeyTools {
  store: LabStore;
  actions: LabActions;
  /** Presses the button with this id. */
  click(id: string): void;
  showHelp(): void;
}

/** Keys of the lab that belong together: `key` is what the browser calls one, `cap` what is written on it. */
interface LabKeys {
  help: string;
  /** Only while a puzzle is solved. */
  solving?: true;
  keys: readonly { key: string; cap: string; act(tools: LabKeyTools): void }[];
}

const segment = (place: (store: LabStore) => number) => (tools: LabKeyTools) =>
  tools.actions.seek(place(tools.store));
const press = (id: string) => (tools: LabKeyTools) => tools.click(id);

/** All keys, once: they are pressed and listed in the help from here. */
export const LAB_KEYS: readonly LabKeys[] = [
  {
    help: 'Play or pause',
    solving: true,
    keys: [{ key: ' ', cap: 'Space', act: ({ actions }) => actions.togglePlay() }],
  },
  {
    help: 'One segment back or on',
    solving: true,
    keys: [
      { key: 'ArrowLeft', cap: 'Left', act: segment((store) => store.get().at - 1) },
      { key: 'ArrowRight', cap: 'Right', act: segment((store) => store.get().at + 1) },
    ],
  },
  {
    help: 'Before any thought; the last segment',
    solving: true,
    keys: [
      { key: 'Home', cap: 'Home', act: segment(() => 0) },
      { key: 'End', cap: 'End', act: segment((store) => store.get().segments) },
    ],
  },
  { help: 'New puzzle', solving: true, keys: [{ key: 'n', cap: 'N', act: press('new-puzzle') }] },
  {
    help: 'Blank one more cell',
    solving: true,
    keys: [{ key: 'b', cap: 'B', act: press('blank-more') }],
  },
  { help: 'Kick', solving: true, keys: [{ key: 'k', cap: 'K', act: press('kick') }] },
  {
    help: 'Solve or train',
    keys: [
      {
        key: 't',
        cap: 'T',
        act: ({ actions, store }) =>
          actions.chooseVerb(store.get().verb === 'solve' ? 'train' : 'solve'),
      },
    ],
  },
  { help: 'This help', keys: [{ key: '?', cap: '?', act: ({ showHelp }) => showHelp() }] },
];

/** What a key does now; undefined where it does nothing. */
export function labKey(pressed: string, tools: LabKeyTools): (() => void) | undefined {
  const key = pressed.length === 1 ? pressed.toLowerCase() : pressed;
  const isSolving = tools.store.get().verb === 'solve';
  const found = LAB_KEYS.filter(({ solving }) => isSolving || !solving)
    .flatMap(({ keys }) => keys)
    .find((one) => one.key === key);
  return found && (() => found.act(tools));
}
