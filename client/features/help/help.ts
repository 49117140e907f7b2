import type { ActionName } from '../../../shared/constants.ts';
import { GLOSSARY, GLOSSARY_IDS } from '../../../shared/glossary.ts';
import { button } from '../../ui/button.ts';
import { el } from '../../ui/dom.ts';
import { helpDialog } from '../../ui/helpDialog.ts';
import { ACTION_KEYS, PAGE_KEYS } from '../../ui/keys.ts';

/** Keys that mean something only for a while. */
const OTHER_KEYS: [string[], string][] = [
  [(['left', 'right', 'forward'] as const).map(capOf), 'Playing: turn, go forward'],
  [(['pickup', 'drop'] as const).map(capOf), 'Playing: pick up, drop'],
  [(['toggle', 'done'] as const).map(capOf), 'Playing: toggle, done'],
  [['Tab', 'Left', 'Right'], 'On a curve: read along it; Enter shows that episode'],
];

function capOf(name: ActionName): string {
  return ACTION_KEYS[name].cap;
}

const KEYS: [readonly string[], string][] = [
  ...PAGE_KEYS.map(({ caps, keys, help }): [readonly string[], string] => [
    caps ?? keys.map(({ cap }) => cap),
    help,
  ]),
  ...OTHER_KEYS,
];

const READING: readonly [string, string][] = [
  [
    'Stage',
    'The arrow is the agent. The blue border is what it sees; the rest is dimmed. It is told its mission in words.',
  ],
  [
    'Planner (orange)',
    'Chooses a goal and marks its target on the stage. It thinks slowly and changes its mind seldom.',
  ],
  [
    'Doer (blue)',
    'Turns the goal into one of seven actions, at every step. The bars are its probabilities.',
  ],
  [
    'Environment',
    'Carries the action out and pays rewards. You decide what is paid: move a slider and watch the curves.',
  ],
  [
    'Curves',
    'Faint is measured, bold is smoothed. Held-out is tested on worlds that it never trains on. A tick marks each change you made.',
  ],
];

/** The help overlay. Returns how to open it. */
export function createHelp(startTour: () => void): () => void {
  const tour = button({ text: 'Show me round', look: 'primary' }, () => {
    dialog.close();
    startTour();
  });
  const dialog = helpDialog({
    id: 'help-title',
    title: 'How to read this page',
    reading: READING,
    keys: KEYS,
    more: glossary(),
    extra: tour,
  });
  return () => dialog.open || dialog.showModal();
}

/** Every number on the page with its meaning and unit: what the tooltips say, for reading through. */
function glossary(): HTMLElement {
  return el(
    'details',
    { class: 'glossary' },
    el('summary', { text: 'What the numbers mean' }),
    el(
      'dl',
      {},
      ...GLOSSARY_IDS.flatMap((id) => {
        const { label, unit, meaning } = GLOSSARY[id];
        return [
          el('dt', { text: label }),
          el('dd', {}, meaning, unit ? el('small', { text: ` Unit: ${unit}.` }) : undefined),
        ];
      }),
    ),
  );
}
