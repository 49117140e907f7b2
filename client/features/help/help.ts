import { GLOSSARY, GLOSSARY_IDS } from '../../../shared/glossary.ts';
import { LAYER_IDS, LAYERS } from '../../selectors/layers.ts';
import { el } from '../../ui/dom.ts';

const KEYS: [string[], string][] = [
  [['Space'], 'Play or pause'],
  [['Left', 'Right'], 'One step back or on'],
  [['Shift', 'Left'], 'Previous episode'],
  [['Shift', 'Right'], 'Next episode'],
  [['1', '…', '5'], 'Viewing speed ¼× to 16×'],
  [['L'], 'Follow the run live'],
  [['A', 'B', 'X'], 'Loop: from this step, up to this step, off'],
  ...LAYER_IDS.map((id): [string[], string] => [[LAYERS[id].key], `Stage: ${LAYERS[id].label}`]),
  [['R'], 'Record what is shown'],
  [['P'], 'Play this level yourself, or stop'],
  [['Left', 'Right', 'Up'], 'Playing: turn, go forward'],
  [['Page up', 'Page down'], 'Playing: pick up, drop'],
  [['Space', 'Enter', 'Esc'], 'Playing: toggle, done, stop'],
  [['O'], 'Point at a cell: arrows, Enter gives the Planner that goal'],
  [['Y'], 'Take over at this step; hand back'],
  [['C'], 'Compare two policies on the same worlds'],
  [['Tab', 'Left', 'Right'], 'On a curve: read along it; Enter shows that episode'],
  [['?'], 'This help'],
];

const READING = [
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
  const tour = el('button', {
    class: 'button primary',
    type: 'button',
    text: 'Show me round',
    on: {
      click: () => {
        dialog.close();
        startTour();
      },
    },
  });
  const dialog = el(
    'dialog',
    { class: 'help', 'aria-labelledby': 'help-title' },
    // Else the first thing that can be operated, far below, would have the focus.
    el('h2', { id: 'help-title', tabindex: -1, autofocus: true, text: 'How to read this page' }),
    el(
      'div',
      { class: 'columns' },
      el(
        'div',
        {},
        el(
          'ul',
          {},
          ...READING.map(([name, text]) => el('li', {}, el('b', { text: name }), el('br'), text)),
        ),
        glossary(),
      ),
      el(
        'div',
        {},
        el('h3', { text: 'Keys' }),
        el(
          'dl',
          {},
          ...KEYS.flatMap(([keys, text]) => [
            el('dt', {}, ...keys.flatMap((key) => [el('kbd', { text: key }), ' '])),
            el('dd', { text }),
          ]),
        ),
      ),
    ),
    el('form', { method: 'dialog' }, tour, ' ', el('button', { class: 'button', text: 'Close' })),
  );
  document.body.append(dialog);
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
