import type { LevelSummary } from '../../shared/protocol.ts';
import { groupLevels } from '../selectors/levels.ts';
import { watchedRun } from '../selectors/run.ts';
import type { Store } from '../selectors/view.ts';
import { el } from '../theme/dom.ts';
import type { Commands } from './commands.ts';
import { panel } from './section.ts';

/** All missions by skill, with search. Picking one starts to fine-tune the default policy on it. */
export function createMissionsPanel(store: Store, commands: Commands): HTMLElement {
  const search = el('input', {
    class: 'search',
    type: 'search',
    placeholder: 'Search missions: key, door, put next…',
    'aria-label': 'Search missions',
    autocomplete: 'off',
    on: { input: () => render() },
  });
  const list = el('div', { class: 'levels', role: 'group', 'aria-label': 'Missions' });
  const count = el('span', { class: 'count' });
  const section = panel('Missions', [count], search, list);
  section.id = 'missions';

  function render() {
    const state = store.get();
    const groups = groupLevels(state.levels, search.value);
    const shown = groups.reduce((sum, group) => sum + group.levels.length, 0);
    count.textContent = state.levels.length ? `${shown} of ${state.levels.length}` : '';
    if (groups.length === 0) {
      const text = state.levels.length
        ? 'No mission matches. Try an object or an action.'
        : 'The list comes with the connection…';
      list.replaceChildren(el('p', { class: 'empty', text }));
      return;
    }
    list.replaceChildren(
      ...groups.flatMap((group) => [
        el('h3', { text: group.skill }),
        ...group.levels.map((level) => levelButton(level, commands)),
      ]),
    );
    markCurrent();
  }

  function markCurrent() {
    const state = store.get();
    const wanted = state.opening ?? watchedRun(state)?.levelId;
    for (const button of list.querySelectorAll<HTMLElement>('.level')) {
      button.setAttribute('aria-current', String(button.dataset.level === wanted));
    }
    return list.querySelector<HTMLElement>('[aria-current="true"]');
  }

  store.watch((state) => state.levels, render);
  store.watch(
    (state) => `${state.levels.length} ${state.opening ?? watchedRun(state)?.levelId ?? ''}`,
    () => {
      const button = markCurrent();
      const headingHeight = 26;
      if (button && search.value === '')
        list.scrollTop = button.offsetTop - list.offsetTop - headingHeight;
    },
  );
  return section;
}

function levelButton(level: LevelSummary, commands: Commands): HTMLElement {
  // "Go to an object (5×5, 2 objects)": what sets a variant apart goes to the second line.
  const [, name, variant] = /^(.*?)(?:\(([^)]*)\))?$/.exec(level.title) ?? [];
  const facts = `${level.width} × ${level.height} cells, at most ${level.maxSteps} steps, ${level.world}.`;
  return el(
    'button',
    {
      class: 'level',
      type: 'button',
      'data-level': level.id,
      tip: `${level.description} ${facts} Click to fine-tune on it.`,
      on: { click: () => commands.createRun(level.id) },
    },
    el('b', { text: name.trim() }),
    el('span', { text: `${variant ? `${variant} · ` : ''}“${level.example}”` }),
  );
}
