// Longer than most files: the gallery of levels and what is chosen in it are one panel.
import {
  LEARNING_CHOICES,
  type LearningChoice,
  STARTS,
  type StartId,
} from '../../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import { explain } from '../../../shared/glossary.ts';
import type { LevelSummary } from '../../../shared/protocol.ts';
import { groupLevels, handMadeLevels, handMadeName, splitTitle } from '../../selectors/levels.ts';
import { runList, watchedRun } from '../../selectors/run.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el } from '../../ui/dom.ts';
import { panel } from '../../ui/section.ts';
import { thumbnail } from './levelCard.ts';
import type { MissionCommands } from './missionCommands.ts';
import type { MissionTab } from './missionsDialog.ts';

/**
 * All missions by skill, with search; picking one starts a run on it, from what is chosen above. Below
 * them, the seed of the world on the stage; larger tools open in a dialog.
 */
export function createMissionsPanel(
  store: Store,
  commands: Pick<Commands, 'createRun'> & MissionCommands,
  openDialog: (tab: MissionTab) => void,
): HTMLElement {
  const search = el('input', {
    class: 'search',
    type: 'search',
    placeholder: 'Search: key, door, put next…',
    'aria-label': 'Search missions',
    autocomplete: 'off',
    on: { input: () => render() },
  });
  const list = el('div', {
    class: 'levels',
    role: 'group',
    'aria-label': 'Missions: arrow keys move',
    on: { keydown: (event) => move(event) },
  });
  const count = el('span', { class: 'count', tip: explain('levelCount') });
  const opener = (text: string, tab: MissionTab, tip: string) =>
    button({ text, tip, 'aria-haspopup': 'dialog' }, () => openDialog(tab));
  const section = panel(
    'Missions',
    [count],
    startChoice(store, commands),
    learningChoice(store, commands),
    search,
    list,
    el(
      'div',
      { class: 'row-of-buttons' },
      opener('Browse…', 'browse', 'All missions with pictures, by skill, world or difficulty.'),
      opener('Write…', 'write', 'Write a mission in words; the expert tries it first.'),
      opener('Build…', 'build', 'Place walls, doors and things by hand.'),
    ),
    seedBar(store, commands),
  );
  section.id = 'missions';

  function render() {
    const state = store.get();
    const groups = groupLevels(state.levels, search.value);
    const made = handMadeLevels(runList(state)).filter((id) =>
      id.toLowerCase().includes(search.value.trim().toLowerCase()),
    );
    const shown = groups.reduce((sum, group) => sum + group.levels.length, 0);
    count.textContent = state.levels.length ? `${shown} of ${state.levels.length}` : '';
    if (groups.length + made.length === 0) {
      const text = state.levels.length
        ? 'No mission matches. Try an object or an action.'
        : 'The list comes with the connection…';
      list.replaceChildren(el('p', { class: 'empty', text }));
      return;
    }
    list.replaceChildren(
      ...(made.length > 0 ? [el('h3', { text: 'Made by hand' })] : []),
      ...made.map((id) => madeButton(id, commands)),
      ...groups.flatMap((group) => [
        el('h3', { text: group.name }),
        ...group.levels.map((level) => levelButton(level, commands)),
      ]),
    );
    markCurrent();
  }

  function markCurrent() {
    const state = store.get();
    const wanted = state.opening ?? watchedRun(state)?.levelId;
    for (const button of levelButtons()) {
      button.setAttribute('aria-current', String(button.dataset.level === wanted));
    }
    const current = list.querySelector<HTMLElement>('[aria-current="true"]') ?? undefined;
    if (!list.contains(document.activeElement)) enterAt(current ?? levelButtons()[0]);
    return current;
  }

  const levelButtons = () => [...list.querySelectorAll<HTMLElement>('.level')];

  /** One stop for the tab key instead of a hundred: the way to the rewards leads through here. */
  function enterAt(entry: HTMLElement | undefined) {
    for (const button of levelButtons()) button.tabIndex = button === entry ? 0 : -1;
  }

  function move(event: KeyboardEvent) {
    const buttons = levelButtons();
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const target = targets[event.key];
    if (at < 0 || target === undefined) return;
    event.preventDefault();
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, target))];
    enterAt(next);
    next?.focus();
  }

  store.watch((state) => state.levels, render);
  store.watch(
    (state) => handMadeLevels(runList(state)).join('\n\n'),
    () => render(),
  );
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

/** What the next run starts from. */
function startChoice(store: Store, commands: MissionCommands): HTMLElement {
  const select = el(
    'select',
    {
      id: 'start-from',
      class: 'search',
      on: { change: () => commands.startFrom(select.value) },
    },
    ...Object.entries(STARTS).map(([value, { label }]) => el('option', { value, text: label })),
  );
  const row = el(
    'div',
    { class: 'start-from' },
    el('label', { for: 'start-from', text: 'Starts from' }),
    select,
  );
  store.watch(
    (state) => state.view.startFrom,
    (id) => {
      const isNamed = Object.hasOwn(STARTS, id);
      select.querySelector('[data-checkpoint]')?.remove();
      if (!isNamed) select.append(el('option', { value: id, text: id, 'data-checkpoint': true }));
      select.value = id;
      row.dataset.tip = isNamed
        ? STARTS[id as StartId].help
        : 'Starts from the weights of this checkpoint.';
    },
  );
  return row;
}

/** How the next run learns. */
function learningChoice(store: Store, commands: MissionCommands): HTMLElement {
  const select = el(
    'select',
    {
      id: 'learn-by',
      class: 'search',
      on: { change: () => commands.learnBy(select.value as LearningChoice) },
    },
    ...Object.entries(LEARNING_CHOICES).map(([value, { label }]) =>
      el('option', { value, text: label }),
    ),
  );
  const row = el(
    'div',
    { class: 'start-from' },
    el('label', { for: 'learn-by', text: 'Learns' }),
    select,
  );
  store.watch(
    (state) => state.view.learnBy,
    (id) => {
      select.value = id;
      row.dataset.tip = LEARNING_CHOICES[id].help;
    },
  );
  return row;
}

/** A mission or a world made by hand that this server has a run on. */
function madeButton(id: string, commands: Pick<Commands, 'createRun'>): HTMLElement {
  return el(
    'button',
    {
      class: 'level',
      type: 'button',
      'data-level': id,
      tip: 'Made by hand on this server. Click to fine-tune on it anew.',
      on: { click: () => commands.createRun(id) },
    },
    thumbnail(id),
    el('span', { class: 'words' }, el('b', { text: handMadeName(id) ?? id })),
  );
}

function levelButton(level: LevelSummary, commands: Pick<Commands, 'createRun'>): HTMLElement {
  const { name, variant } = splitTitle(level);
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
    thumbnail(level.id),
    el(
      'span',
      { class: 'words' },
      el('b', { text: name }),
      el('span', { text: `${variant ? `${variant} · ` : ''}“${level.example}”` }),
    ),
  );
}

/** The level and seed that was asked for, else on the stage; the run's level while there is no episode. */
function worldOnStage(state: State): { levelId: string; seed: number } | undefined {
  if (state.fetching) return state.fetching;
  const levelId = state.episode?.replay.levelId ?? watchedRun(state)?.levelId;
  return levelId === undefined
    ? undefined
    : { levelId, seed: state.episode?.replay.seed ?? EVAL_SEED_BASE };
}

/** Next, previous and any seed of the level on the stage, played by the agent as it is now. */
function seedBar(store: Store, commands: MissionCommands): HTMLElement {
  const input = el('input', {
    id: 'seed',
    class: 'number',
    type: 'number',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    step: 1,
    tip: explain('levelSeed'),
    on: {
      change: () => {
        if (input.value !== '' && input.validity.valid) go(() => input.valueAsNumber);
        else input.reportValidity();
      },
    },
  });
  const go = (choose: (seed: number) => number) => {
    const world = worldOnStage(store.get());
    if (world) commands.showSeed(world.levelId, Math.max(0, choose(world.seed)));
  };
  const step = (text: string, label: string, delta: number) =>
    el('button', {
      class: 'button icon',
      type: 'button',
      text,
      'aria-label': label,
      tip: `${label}: the agent, as it is now, plays the world of that seed.`,
      on: { click: () => go((seed) => seed + delta) },
    });
  const keep = el('button', {
    class: 'button',
    type: 'button',
    id: 'keep-seed',
    text: 'Keep',
    'aria-pressed': 'false',
    tip: 'Plays this very world again and again, each time with what the agent has learned by then.',
    on: { click: () => commands.keepSeed(!store.get().view.keepSeed) },
  });
  const bar = el(
    'div',
    { class: 'seed-bar', role: 'group', 'aria-label': 'Seed of the world' },
    el('label', { for: 'seed', text: 'Seed' }),
    step('‹', 'Previous seed', -1),
    input,
    step('›', 'Next seed', 1),
    keep,
  );
  store.watch(
    (state) => worldOnStage(state)?.seed,
    (seed) => {
      if (document.activeElement !== input) input.value = seed === undefined ? '' : String(seed);
    },
  );
  store.watch(
    (state) => state.connection === 'online' && worldOnStage(state) !== undefined,
    (possible) => {
      for (const control of bar.querySelectorAll<HTMLButtonElement | HTMLInputElement>(
        'button, input',
      ))
        control.disabled = !possible;
    },
  );
  store.watch(
    (state) => state.view.keepSeed,
    (on) => keep.setAttribute('aria-pressed', String(on)),
  );
  return bar;
}
