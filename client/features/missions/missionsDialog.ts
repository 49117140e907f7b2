import { explain } from '../../../shared/glossary.ts';
import { at } from '../../../shared/indexing.ts';
import {
  groupLevels,
  handMadeLevels,
  handMadeName,
  LEVEL_GROUPINGS,
  type LevelGrouping,
} from '../../selectors/levels.ts';
import type { Store } from '../../store/store.ts';
import { el, icon } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { createBoardEditor } from './boardEditor.ts';
import { levelCard, thumbnail } from './levelCard.ts';
import type { MissionCommands } from './missionCommands.ts';
import { createMissionWriter } from './missionWriter.ts';

const TABS = {
  browse: 'Browse',
  write: 'Write a mission',
  build: 'Place objects',
} as const;
export type MissionTab = keyof typeof TABS;
const TAB_IDS = Object.keys(TABS) as MissionTab[];

/** Browsing, writing and building missions. Returns how to open it; it is made when first opened. */
export function createMissionsDialog(
  store: Store,
  commands: MissionCommands,
): (tab: MissionTab) => void {
  let made: ReturnType<typeof makeDialog> | undefined;
  return (tab) => {
    made ??= makeDialog(store, commands);
    made.show(tab);
    if (!made.dialog.open) made.dialog.showModal();
    made.enter(tab);
  };
}

function makeDialog(store: Store, commands: MissionCommands) {
  const close = () => dialog.close();
  const panes: Record<MissionTab, HTMLElement> = {
    browse: createBrowser(store, commands, close),
    write: createMissionWriter(commands, close),
    build: createBoardEditor(store, commands, close),
  };
  const tabs = new Map(TAB_IDS.map((id) => [id, tabOf(id)]));
  function tabOf(id: MissionTab): HTMLButtonElement {
    return el('button', {
      type: 'button',
      role: 'tab',
      id: `missions-tab-${id}`,
      class: 'tab',
      'aria-controls': `missions-pane-${id}`,
      text: TABS[id],
      on: {
        click: () => show(id),
        keydown: (event) => {
          const delta = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (delta === undefined) return;
          event.preventDefault();
          const from = TAB_IDS.indexOf(id) + TAB_IDS.length;
          const next = at(TAB_IDS, (from + delta) % TAB_IDS.length);
          show(next);
          tabs.get(next)?.focus();
        },
      },
    });
  }
  for (const id of TAB_IDS) {
    panes[id].id = `missions-pane-${id}`;
    panes[id].setAttribute('role', 'tabpanel');
    panes[id].setAttribute('aria-labelledby', `missions-tab-${id}`);
    panes[id].classList.add('pane');
  }
  const dialog = el(
    'dialog',
    { class: 'page-dialog missions-dialog', 'aria-labelledby': 'missions-title' },
    el(
      'header',
      {},
      el('h2', { id: 'missions-title', text: 'Missions' }),
      el(
        'div',
        { class: 'tabs', role: 'tablist', 'aria-label': 'Ways to a mission' },
        ...tabs.values(),
      ),
      el(
        'button',
        { class: 'button quiet icon', type: 'button', 'aria-label': 'Close', on: { click: close } },
        icon(ICONS.remove),
      ),
    ),
    ...TAB_IDS.map((id) => panes[id]),
  );
  document.body.append(dialog);

  function show(id: MissionTab) {
    for (const [other, tab] of tabs) {
      tab.setAttribute('aria-selected', String(other === id));
      tab.tabIndex = other === id ? 0 : -1;
      panes[other].hidden = other !== id;
    }
  }
  /** Where one goes on from: the field to write in, else the tab. By itself the first tab would have the focus. */
  function enter(id: MissionTab) {
    const field = id === 'write' ? panes.write.querySelector('input') : undefined;
    (field ?? tabs.get(id))?.focus();
  }
  return { dialog, show, enter };
}

/** All levels as cards with pictures. */
function createBrowser(store: Store, commands: MissionCommands, close: () => void): HTMLElement {
  const search = el('input', {
    class: 'search',
    type: 'search',
    placeholder: 'Search: key, door, put next…',
    'aria-label': 'Search all missions',
    autocomplete: 'off',
    on: { input: () => render() },
  });
  const grouping = el(
    'select',
    { class: 'search', 'aria-label': 'Group missions by', on: { change: () => render() } },
    ...Object.entries(LEVEL_GROUPINGS).map(([value, text]) =>
      el('option', { value, text: `By ${text.toLowerCase()}` }),
    ),
  );
  const count = el('span', { class: 'count', role: 'status', tip: explain('levelCount') });
  const cards = el('div', { class: 'cards' });

  function render() {
    const { levels, runs } = store.get();
    const groups = groupLevels(levels, search.value, grouping.value as LevelGrouping);
    const found = groups.reduce((sum, group) => sum + group.levels.length, 0);
    count.textContent = `${found} of ${levels.length}`;
    const made = search.value === '' ? handMadeLevels(Object.values(runs)) : [];
    cards.replaceChildren(
      ...section('Made by hand', made.map(handMadeCard)),
      ...groups.flatMap(({ name, levels: members }) =>
        section(
          name,
          members.map((level) =>
            levelCard(level, {
              train: () => leave(() => commands.trainOn(level.id)),
              play: () => leave(() => commands.playLevel(level.id)),
            }),
          ),
        ),
      ),
    );
    if (found === 0) {
      cards.append(
        el('p', { class: 'empty', text: 'No mission matches. Try an object or an action.' }),
      );
    }
  }

  function section(name: string, members: HTMLElement[]): HTMLElement[] {
    if (members.length === 0) return [];
    return [el('h3', { text: name }), el('div', { class: 'card-grid' }, ...members)];
  }

  function handMadeCard(levelId: string): HTMLElement {
    return el(
      'article',
      { class: 'level-card' },
      el(
        'button',
        {
          class: 'level-pick',
          type: 'button',
          on: { click: () => leave(() => commands.trainOn(levelId)) },
        },
        thumbnail(levelId),
        el('b', { text: handMadeName(levelId) }),
      ),
    );
  }

  function leave(action: () => void) {
    close();
    action();
  }

  store.watch((state) => state.levels, render);
  store.watch((state) => Object.keys(state.runs).length, render);
  return el(
    'div',
    { class: 'browser' },
    el('div', { class: 'browser-bar' }, search, grouping, count),
    cards,
  );
}
