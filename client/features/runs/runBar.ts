import { explain, GLOSSARY, type GlossaryId } from '../../../shared/glossary.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { statusWord, stepsPerSecond, watchedRun } from '../../selectors/run.ts';
import type { Store } from '../../store/store.ts';
import { formatCount } from '../../theme/format.ts';
import type { Appearance } from '../../theme/theme.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, icon, setText } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';

/** The bar at the top: what is running, how fast, and the switch for learning. */
export function fillHeader(
  bar: HTMLElement,
  store: Store,
  commands: Commands,
  appearance: Pick<Appearance, 'flip'>,
): void {
  const status = el('span', { class: 'status', text: 'Connecting' });
  const level = readout('level');
  const steps = readout('envSteps');
  const speed = readout('stepsPerSecond');
  const policy = readout('policy');
  const engine = readout('engine');
  speed.element.classList.add('tertiary');
  policy.element.classList.add('secondary');
  engine.element.classList.add('secondary');

  const learn = el('button', {
    class: 'button',
    type: 'button',
    id: 'learn',
    text: 'Pause learning',
    tip: 'Learning and viewing are separate: pausing the one leaves the other alone.',
    on: {
      click: () => {
        if (watchedRun(store.get())?.status === 'paused') commands.resumeTraining();
        else commands.pauseTraining();
      },
    },
  });
  const colours = el(
    'button',
    {
      class: 'button icon',
      type: 'button',
      id: 'colours',
      'aria-label': 'Dark or light colours',
      tip: 'Dark or light colours; at first it is what your system has',
      on: { click: () => appearance.flip() },
    },
    icon(ICONS.colours),
  );
  const help = el('button', {
    class: 'button icon',
    type: 'button',
    text: '?',
    'aria-label': 'Help and keys',
    tip: 'How to read this page, and its keys (?)',
    on: { click: () => commands.showHelp() },
  });
  const compare = el('button', {
    class: 'button',
    type: 'button',
    id: 'compare-open',
    text: 'Compare',
    tip: 'Two policies, or one with parts switched off, on the same worlds side by side (C)',
    on: { click: () => commands.showCompare() },
  });
  bar.append(
    el(
      'dl',
      { class: 'readouts' },
      el(
        'div',
        { class: 'readout', tip: explain('runStatus') },
        el('dt', { text: GLOSSARY.runStatus.label }),
        el('dd', {}, status),
      ),
      level.element,
      steps.element,
      speed.element,
      policy.element,
      engine.element,
    ),
    learn,
    compare,
    colours,
    help,
  );

  store.watch(
    (state) => {
      const run = watchedRun(state);
      if (state.opening) return 'starting';
      return run?.status ?? (state.connection === 'online' ? 'starting' : 'none');
    },
    (word) => {
      status.dataset.status = word;
      setText(status, word === 'none' ? 'Connecting' : statusWord(word));
      setText(learn, word === 'paused' ? 'Resume learning' : 'Pause learning');
    },
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
}

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
