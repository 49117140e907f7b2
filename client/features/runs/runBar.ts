import { explain, GLOSSARY, type GlossaryId } from '../../../shared/glossary.ts';
import type { RunInfo } from '../../../shared/protocol.ts';
import { isFollower } from '../../selectors/classroom.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { statusWord, stepsPerSecond, watchedRun } from '../../selectors/run.ts';
import { VERBS, type Verb } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatCount } from '../../theme/format.ts';
import type { Appearance } from '../../theme/theme.ts';
import { coloursButton, helpButton } from '../../ui/barButtons.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';

const VERB_LABELS: Readonly<Record<Verb, { text: string; tip: string }>> = {
  watch: { text: 'Watch', tip: 'The agent before and now, what it thinks, and how it learns' },
  change: { text: 'Change', tip: 'Missions, rewards, settings: change them while it learns' },
  compare: { text: 'Compare', tip: 'Two policies on the same worlds, side by side (C)' },
};

/** The bar at the top: three verbs, whether it learns, and in a menu what the run is made of. */
export function fillRunBar(
  bar: HTMLElement,
  store: Store,
  commands: Commands,
  appearance: Pick<Appearance, 'flip'>,
): void {
  const learn = button(
    {
      id: 'learn',
      text: 'Pause learning',
      tip: 'Learning and viewing are separate: pausing the one leaves the other alone.',
    },
    () => {
      if (watchedRun(store.get())?.status === 'paused') commands.resumeTraining();
      else commands.pauseTraining();
    },
  );
  const help = helpButton('How to read this page, and its keys (?)', () => commands.showHelp());
  bar.append(verbs(store, commands), aboutRun(store), learn, coloursButton(appearance), help);
  store.watch(isFollower, (follows) => {
    learn.hidden = follows;
  });
  store.watch(
    (state) => watchedRun(state)?.status,
    (status) => setText(learn, status === 'paused' ? 'Resume learning' : 'Pause learning'),
  );
  store.watch(
    (state) => {
      const status = watchedRun(state)?.status;
      return state.connection === 'online' && (status === 'running' || status === 'paused');
    },
    (possible) => {
      learn.disabled = !possible;
    },
  );
}

function verbs(store: Store, commands: Commands): HTMLElement {
  const choices = VERBS.map((verb) =>
    el('button', {
      type: 'button',
      'data-verb': verb,
      ...VERB_LABELS[verb],
      on: { click: () => commands.chooseVerb(verb) },
    }),
  );
  store.watch(
    (state) => state.view.verb,
    (chosen) => {
      for (const one of choices)
        one.setAttribute('aria-pressed', String(one.dataset.verb === chosen));
    },
  );
  const lessons = el('button', {
    type: 'button',
    id: 'to-lessons',
    text: 'Lessons',
    tip: 'Five lessons of five minutes each, on the live page (U)',
    'aria-controls': 'lectern',
    on: { click: () => commands.toggleLessons() },
  });
  store.watch(
    (state) => state.view.lesson !== undefined,
    (open) => lessons.setAttribute('aria-expanded', String(open)),
  );
  const lab = el('a', {
    id: 'to-lab',
    href: './lab',
    text: 'Lab',
    tip: 'The reasoning lab: Sudokus and mazes, and the model that solves them, recursion by recursion',
  });
  return el('nav', { class: 'verbs', 'aria-label': 'What to do' }, ...choices, lessons, lab);
}

/** Whether it learns; behind it level, policy and engine, which a viewer need not know. */
function aboutRun(store: Store): HTMLElement {
  const status = el('span', { class: 'status', text: 'Connecting' });
  const level = readout('level');
  const steps = readout('envSteps');
  const speed = readout('stepsPerSecond');
  const policy = readout('policy');
  const engine = readout('engine');
  const summary = el('summary', { tip: explain('runStatus') }, status);
  const about = el(
    'details',
    { class: 'about-run' },
    summary,
    el(
      'dl',
      { class: 'readouts' },
      ...[level, steps, speed, policy, engine].map(({ element }) => element),
    ),
  );
  document.addEventListener('pointerdown', (event) => {
    if (!about.contains(event.target as Node)) about.open = false;
  });
  about.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') about.open = false;
  });

  store.watch(
    (state) => {
      const run = watchedRun(state);
      if (state.opening) return 'starting';
      return run?.status ?? (state.connection === 'online' ? 'starting' : 'none');
    },
    (word) => {
      status.dataset.status = word;
    },
  );
  store.watch(
    (state) => {
      const run = watchedRun(state);
      if (state.opening) return statusWord('starting');
      if (run?.status === 'running' && run.testing)
        return `Testing ${run.testing.done} of ${run.testing.of}`;
      if (run) return pausedAt(run) ?? statusWord(run.status);
      return state.connection === 'online' ? statusWord('starting') : 'Connecting';
    },
    (text) => setText(status, text),
  );
  store.watch(
    (state) => watchedRun(state)?.midway,
    (midway) => {
      summary.dataset.tip =
        midway === undefined
          ? explain('runStatus')
          : `Paused in the middle of an update, ${percent(midway)} of which is done; Resume goes on there.`;
    },
  );
  store.watch(watchedRun, (run) => {
    level.set(run ? shortLevelId(run.levelId) : '–');
    steps.set(run ? `${formatCount(run.envSteps)} steps` : '–');
    policy.set(run ? `${run.policy} ${run.preset}, from ${run.init}` : '–');
    const { engine: used } = run ?? {};
    engine.set(used ? `${used.name}${used.workers > 1 ? ` × ${used.workers}` : ''}` : '–');
    if (used) engine.element.dataset.tip = `${explain('engine')} ${used.reason}`;
  });
  store.watch(stepsPerSecond, (value) => {
    speed.set(value === undefined ? '–' : `${formatCount(value)} steps/s`);
  });
  return about;
}

const percent = (share: number) => `${Math.floor(100 * share)} %`;

/** Beside the status, not in a line of its own: that would push the stage down. */
const pausedAt = ({ status, midway }: RunInfo) =>
  status === 'paused' && midway !== undefined
    ? `${statusWord(status)} at ${percent(midway)}`
    : undefined;

function readout(id: GlossaryId) {
  const value = el('dd', { text: '–' });
  const element = el(
    'div',
    { class: 'readout', tip: explain(id) },
    el('dt', { text: GLOSSARY[id].label }),
    value,
  );
  return { element, set: (text: string) => setText(value, text) };
}
