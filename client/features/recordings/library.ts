import { RECORD_REASON_IDS, RECORD_REASONS } from '../../../shared/intent.ts';
import type { RecordingInfo } from '../../../shared/protocol.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import type { Store } from '../../store/store.ts';
import { formatAge, formatCount } from '../../theme/format.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { tagsIn } from '../../ui/tags.ts';
import { type LibraryFilter, matching, titleOf } from './libraryFilter.ts';

export type LibraryCommands = Pick<
  Commands,
  | 'playRecording'
  | 'describeRecording'
  | 'deleteRecordings'
  | 'restoreRecordings'
  | 'downloadRecordings'
  | 'pictureOfRecording'
>;

/** Cards that are drawn; searching finds the others. */
const MAX_CARDS = 120;
const DAY_MS = 86_400_000;
const SINCE = { '': 'Any time', 1: 'Today', 7: 'Last 7 days', 30: 'Last 30 days' } as const;

/** All recordings with their pictures: to search, name, tag, play, delete and hand out. Returns how to open it. */
export function createLibrary(store: Store, commands: LibraryCommands): () => void {
  const chosen = new Set<string>();
  let deleted: readonly string[] = [];
  const pictures = new Map<string, Promise<string | undefined>>();
  const search = el('input', {
    type: 'search',
    placeholder: 'Search names, missions, levels, tags',
    'aria-label': 'Search recordings',
  });
  const level = choice('Level');
  const outcome = choice('Outcome');
  fill(outcome, [
    ['', 'Any outcome'],
    ['done', 'Done'],
    ['failed', 'Not done'],
  ]);
  const run = choice('Run');
  const since = choice('Date');
  fill(since, Object.entries(SINCE));
  const why = choice('Why it was recorded');
  fill(why, [
    ['', 'However recorded'],
    ['person', 'By a person'],
    ...RECORD_REASON_IDS.map((id): [string, string] => [id, RECORD_REASONS[id].label]),
  ]);
  const fewest = number('Fewest steps', 'steps from');
  const most = number('Most steps', 'to');
  const trained = number('Fewest steps of training', 'trained from step');
  const count = el('p', { class: 'library-count', role: 'status' });
  const grid = el('div', { class: 'library-grid', role: 'list' });
  const all = button({ text: 'Choose all', look: 'quiet' }, () => {
    const shown = found();
    const isAll = shown.every(({ id }) => chosen.has(id));
    for (const { id } of shown) isAll ? chosen.delete(id) : chosen.add(id);
    render();
  });
  const download = button({ text: 'Download', tip: 'As one zip of replay files' }, () =>
    commands.downloadRecordings([...chosen]),
  );
  const remove = button({ text: 'Delete', tip: 'For an hour it can be undone' }, () => {
    const ids = [...chosen];
    chosen.clear();
    deleted = ids;
    commands.deleteRecordings(ids);
  });
  // The notice that offers it, too, lies behind the dialog.
  const undo = button({ text: 'Undo delete', look: 'quiet' }, () => {
    commands.restoreRecordings(deleted);
    deleted = [];
    render();
  });
  const dialog = el(
    'dialog',
    { class: 'page-dialog library', 'aria-labelledby': 'library-title' },
    el(
      'header',
      {},
      el('h2', { id: 'library-title', text: 'Library' }),
      search,
      button({ icon: ICONS.remove, label: 'Close the library', look: 'quiet' }, () =>
        dialog.close(),
      ),
    ),
    el(
      'div',
      { class: 'library-filters' },
      ...[level, outcome, run, since, why],
      ...[fewest.element, most.element, trained.element],
    ),
    el('div', { class: 'library-actions' }, count, undo, all, download, remove),
    grid,
  );

  const filter = (): LibraryFilter => ({
    text: search.value,
    levelId: level.value || undefined,
    outcome: (outcome.value || undefined) as LibraryFilter['outcome'],
    runId: run.value || undefined,
    since: since.value === '' ? undefined : Date.now() - Number(since.value) * DAY_MS,
    why: (why.value || undefined) as LibraryFilter['why'],
    fewest: fewest.value(),
    most: most.value(),
    trained: trained.value(),
  });
  const found = () => matching(store.get().recordings, filter());

  /** Pictures come as their cards come into sight. */
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const id = (target as HTMLElement).dataset.picture ?? '';
      const coming = pictures.get(id) ?? commands.pictureOfRecording(id).catch(() => undefined);
      pictures.set(id, coming);
      void coming.then((source) => {
        if (source !== undefined) (target as HTMLImageElement).src = source;
      });
    }
  });

  function render(): void {
    if (!dialog.open) return;
    const { recordings, runs } = store.get();
    // A name that somebody types must not be taken away.
    if (
      grid.contains(document.activeElement) &&
      document.activeElement?.matches('input[type="text"]')
    )
      return;
    const known = new Set(recordings.map(({ id }) => id));
    for (const id of chosen) if (!known.has(id)) chosen.delete(id);
    refill(level, 'All levels', [...new Set(recordings.map(({ levelId }) => levelId))], (id) =>
      shortLevelId(id).slice(0, 40),
    );
    refill(
      run,
      'All runs',
      [...new Set(recordings.map(({ runId }) => runId))].filter(Boolean),
      (id) => runs[id]?.name ?? id,
    );
    const shown = found();
    setText(
      count,
      `${shown.length} of ${recordings.length}${shown.length > MAX_CARDS ? `; the newest ${MAX_CARDS} are shown` : ''}${chosen.size > 0 ? `, ${chosen.size} chosen` : ''}`,
    );
    undo.hidden = deleted.length === 0;
    download.disabled = remove.disabled = chosen.size === 0;
    seen.disconnect();
    grid.replaceChildren(
      ...(shown.length > 0
        ? shown.slice(0, MAX_CARDS).map(card)
        : [el('p', { class: 'empty', text: 'No recording matches.' })]),
    );
    for (const image of grid.querySelectorAll('img')) seen.observe(image);
  }

  function card(recording: RecordingInfo): HTMLElement {
    const { id, steps, success, why: reason, tags = [], envSteps, savedAt } = recording;
    const title = titleOf(recording);
    const pick = el('input', { type: 'checkbox', 'aria-label': `Choose ${title}` });
    pick.checked = chosen.has(id);
    pick.addEventListener('change', () => {
      if (pick.checked) chosen.add(id);
      else chosen.delete(id);
      render();
    });
    const name = el('input', { type: 'text', 'aria-label': 'Name', maxlength: 80 });
    name.value = title;
    name.addEventListener('change', () => {
      const given = name.value.trim();
      name.blur();
      if (given && given !== title) commands.describeRecording(id, { name: given });
    });
    const tagged = el('input', {
      type: 'text',
      'aria-label': `Tags of ${title}`,
      placeholder: 'Tags',
      maxlength: 200,
    });
    tagged.value = tags.join(', ');
    tagged.addEventListener('change', () => {
      tagged.blur();
      commands.describeRecording(id, { tags: tagsIn(tagged.value) });
    });
    const facts = [
      success ? 'Done' : 'Not done',
      `${steps} steps`,
      reason ? RECORD_REASONS[reason].label : '',
    ];
    const origin = [
      shortLevelId(recording.levelId).slice(0, 40),
      `trained ${formatCount(envSteps)} steps`,
      formatAge(savedAt, Date.now()),
    ];
    return el(
      'div',
      { class: 'library-card', role: 'listitem', 'data-recording': id },
      el(
        'button',
        {
          type: 'button',
          class: 'library-play',
          'aria-label': `Play ${title}`,
          on: {
            click: () => {
              dialog.close();
              commands.playRecording(id);
            },
          },
        },
        el('img', { alt: '', 'data-picture': id }),
      ),
      el('div', { class: 'library-name' }, pick, name),
      el('small', { text: facts.filter(Boolean).join(' · ') }),
      el('small', { text: origin.join(' · ') }),
      tagged,
    );
  }

  for (const control of dialog.querySelectorAll('.library-filters select, .library-filters input'))
    control.addEventListener('change', render);
  search.addEventListener('input', render);
  store.watch((state) => state.recordings, render);
  document.body.append(dialog);
  return () => {
    if (!dialog.open) dialog.showModal();
    render();
  };
}

function choice(label: string): HTMLSelectElement {
  return el('select', { 'aria-label': label });
}

function fill(select: HTMLSelectElement, options: readonly (readonly [string, string])[]): void {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => el('option', { value, text })));
  if (options.some(([value]) => value === before)) select.value = before;
  else select.value = '';
}

/** Options that depend on what is there; left alone where they are the same. */
function refill(
  select: HTMLSelectElement,
  any: string,
  ids: readonly string[],
  textOf: (id: string) => string,
): void {
  const options = [['', any] as const, ...ids.map((id) => [id, textOf(id)] as const)];
  const same =
    select.options.length === options.length &&
    options.every(([value, text], i) => {
      const option = select.options[i];
      return option?.value === value && option.text === text;
    });
  if (!same) fill(select, options);
}

function number(label: string, text: string) {
  const input = el('input', { type: 'number', min: 0, step: 1, 'aria-label': label });
  return {
    element: el('label', {}, text, input),
    value: () => (input.value === '' ? undefined : Math.max(0, Number(input.value) || 0)),
  };
}
