import '@fontsource-variable/bricolage-grotesque/wght.css';
import { connect } from '../net/connection.ts';
import { takeToken } from '../net/token.ts';
import { watchAppearance } from '../theme/theme.ts';
import { coloursButton, helpButton } from '../ui/barButtons.ts';
import { el, setText } from '../ui/dom.ts';
import { noticeElement } from '../ui/notices.ts';
import { installTooltips } from '../ui/tooltip.ts';
import { createLabActions } from './actions.ts';
import { formatLabPlace, parseLabPlace } from './address.ts';
import { createLabHelp } from './help.ts';
import { labKey } from './keys.ts';
import {
  createCurvesPanel,
  createHalvesPanel,
  createKickPanel,
  createPuzzlePanel,
} from './sidePanels.ts';
import { createSolveView } from './solveView.ts';
import { createLabStore, modelOf, VERBS, type Verb } from './state.ts';
import { createTrainView } from './trainView.ts';

/** Milliseconds for which each segment is shown while it plays. */
const SEGMENT_MS = 420;
const NOTICE_MS = 9000;
const WRITE_MS = 400;

const element = (id: string) => document.getElementById(id) as HTMLElement;
const store = createLabStore();
const appearance = watchAppearance();
const token = takeToken();
const { place, problems } = parseLabPlace(location.search);

function say(tone: 'good' | 'bad' | 'info', text: string): void {
  const notice = noticeElement({ tone, text }, () => notice.remove());
  element('notices').append(notice);
  setTimeout(() => notice.remove(), NOTICE_MS);
}

const connection = connect(token, {
  onOnline: () => actions.attempt(start),
  onOffline: (reason) => store.set({ connection: 'offline', reason }),
  onRefused: (reason) => store.set({ connection: 'refused', reason }),
  events: { 'lab:training': (training) => store.set({ training }) },
});
const actions = createLabActions({
  store,
  send: connection.send,
  say,
  reducedMotion: appearance.reducedMotion,
});

/** After every connect; a puzzle that is on the board stays there. */
async function start(): Promise<void> {
  await actions.open();
  const { puzzle, models, model } = store.get();
  if (puzzle) return;
  const wanted =
    models.find(({ name }) => name === (model ?? place.model)) ??
    models.find(({ task }) => task === place.task) ??
    models[0];
  if (!wanted) {
    store.set({ verb: 'train' });
    return;
  }
  if (place.model !== undefined && wanted.name !== place.model)
    say('info', `The link’s model ${place.model} is not on this server; this is another one.`);
  store.set({ model: wanted.name, segments: place.segments ?? 2 * wanted.segments });
  if (place.puzzle) await actions.take({ text: place.puzzle }, '', { at: place.at });
  if (!store.get().puzzle) await actions.newPuzzle();
}

const VERB_LABELS: Readonly<Record<Verb, { text: string; tip: string }>> = {
  solve: { text: 'Solve', tip: 'A puzzle, and how its answer forms' },
  train: { text: 'Train', tip: 'A model that learns from nothing while you look on' },
};
const verbs = VERBS.map((verb) =>
  el('button', {
    type: 'button',
    'data-verb': verb,
    ...VERB_LABELS[verb],
    on: { click: () => actions.chooseVerb(verb) },
  }),
);
let openHelp: (() => void) | undefined;
const showHelp = () => {
  openHelp ??= createLabHelp();
  openHelp();
};
element('bar').append(
  el(
    'nav',
    { class: 'verbs', 'aria-label': 'What to do' },
    ...verbs,
    el('a', {
      id: 'to-gridworld',
      href: './',
      text: 'Gridworld',
      tip: 'Back to the agent and its missions',
    }),
  ),
  coloursButton(appearance),
  helpButton('How to read the lab, and its keys (?)', showHelp),
);

const solve = el(
  'div',
  { class: 'lab-solve' },
  createSolveView(store, actions, appearance),
  el(
    'aside',
    { class: 'lab-side', 'aria-label': 'Puzzle and model' },
    createPuzzlePanel(store, actions),
    createCurvesPanel(store, actions, appearance),
    createHalvesPanel(store, actions),
    createKickPanel(store, actions),
  ),
);
const train = createTrainView(store, actions, appearance);
element('main').append(solve, train);
installTooltips(element('main'));

store.watch(({ verb, connection: link, reason, answer, at, training }) => {
  solve.hidden = verb !== 'solve';
  train.hidden = verb !== 'train';
  for (const one of verbs) one.setAttribute('aria-pressed', String(one.dataset.verb === verb));
  const alert = element('alert');
  alert.hidden = link === 'online' || link === 'connecting';
  alert.dataset.tone = link === 'refused' ? 'bad' : '';
  setText(
    alert,
    link === 'refused' ? reason : `No connection to the server: ${reason}. It is tried again.`,
  );
  // For tests, and for programs that look on.
  document.body.dataset.segment = String(at);
  if (answer) document.body.dataset.thoughts = String(answer.trajectories[0]?.thoughts.length ?? 0);
  if (training) document.body.dataset.training = training.status;
});

let written: ReturnType<typeof setTimeout> | undefined;
store.watch((state) => {
  clearTimeout(written);
  if (!state.puzzle && state.verb === 'solve') return;
  written = setTimeout(() => {
    const { verb, puzzle, model, segments, at, isPlaying } = store.get();
    const trained = modelOf(store.get())?.segments ?? 0;
    const query = formatLabPlace({
      verb,
      model,
      puzzle: puzzle?.cells,
      segments: segments === 2 * trained ? undefined : segments,
      at: isPlaying ? undefined : at,
    });
    history.replaceState(null, '', `${location.pathname}${query}`);
  }, WRITE_MS);
});

if (place.verb) store.set({ verb: place.verb });
for (const problem of problems) say('bad', problem);
setInterval(() => actions.tick(), SEGMENT_MS);

const keyTools = { store, actions, showHelp, click: (id: string) => element(id).click() };
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  if (target.closest('input:not([type=range]), select, textarea, dialog')) return;
  const onButton = target.closest('button, summary, a') !== null;
  if (onButton && (event.key === ' ' || event.key === 'Enter')) return;
  if (target.closest('input') && event.key !== ' ') return;
  const act = labKey(event.key, keyTools);
  if (!act) return;
  event.preventDefault();
  act();
});
