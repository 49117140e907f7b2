import type { CheckpointLine } from '../../../shared/checkpoints.ts';
import { explain } from '../../../shared/glossary.ts';
import { eventFileName } from '../../../shared/metrics.ts';
import { watchedRun } from '../../selectors/run.ts';
import type { Store } from '../../store/store.ts';
import { formatCount, formatShare } from '../../theme/format.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';
import { tagsIn } from '../../ui/tags.ts';

type RunCommands = Pick<
  Commands,
  'describeRun' | 'listCheckpoints' | 'downloadFile' | 'uploadPolicy' | 'startFrom' | 'forkFrom'
>;

/** What the watched run is called, what is said of it, and its files. */
export function createRunDetails(store: Store, commands: RunCommands): HTMLElement {
  const problem = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const attempt = (action: () => Promise<unknown>) =>
    action().then(
      () => {
        problem.hidden = true;
      },
      (error: Error) => {
        problem.hidden = false;
        setText(problem, error.message);
      },
    );
  const name = field('run-name', 'Name', { maxlength: 80 }, (text) =>
    attempt(() => commands.describeRun({ name: text })),
  );
  const tags = field('run-tags', 'Tags', { placeholder: 'seed study, class 3b' }, (text) =>
    attempt(() => commands.describeRun({ tags: tagsIn(text) })),
  );
  const note = el('textarea', {
    id: 'run-note',
    rows: 2,
    maxlength: 2000,
    placeholder: 'What this run is to show',
    on: { change: () => void attempt(() => commands.describeRun({ note: note.value })) },
  });
  const choice = el('select', { id: 'run-checkpoint', 'aria-label': 'Checkpoint' });
  const chosen = () => choice.value;
  const download = button({ text: 'Download', look: 'quiet' }, () =>
    attempt(() => commands.downloadFile(`/api/checkpoints/${chosen()}`, `${chosen()}.safetensors`)),
  );
  const start = button(
    {
      text: 'Start from it',
      look: 'quiet',
      tip: 'The next mission that you pick starts from these weights.',
    },
    () => commands.startFrom(chosen()),
  );
  const fork = button(
    {
      text: 'Fork from here',
      look: 'quiet',
      tip: 'A run of its own that goes on from this checkpoint with the same worlds, settings and random numbers. Left as it is, it repeats this run bit for bit; change its rewards or settings, and both can be compared. To roll back is the same.',
    },
    () => {
      const { runId } = store.get();
      if (runId !== undefined && chosen()) commands.forkFrom(runId, chosen());
    },
  );
  const file = el('input', {
    type: 'file',
    accept: '.safetensors,.ckpt',
    class: 'visually-hidden',
    tabindex: -1,
    'aria-label': 'File of a policy',
  });
  file.addEventListener('change', () => {
    const own = file.files?.[0];
    file.value = '';
    if (own) void attempt(async () => commands.startFrom((await commands.uploadPolicy(own)).id));
  });
  const metrics = (format: 'csv' | 'json') =>
    button({ text: format.toUpperCase(), look: 'quiet', 'data-metrics': format }, () => {
      const { runId } = store.get();
      if (runId === undefined) return;
      void attempt(() =>
        commands.downloadFile(`/api/runs/${runId}/metrics.${format}`, `${runId}.metrics.${format}`),
      );
    });

  const events = button(
    {
      ...{ text: 'TensorBoard', look: 'quiet', 'data-metrics': 'tfevents' },
      tip: 'Keep it in a folder of its own, and start tensorboard --logdir with that',
    },
    () => {
      const run = watchedRun(store.get());
      if (!run) return;
      const { id, createdAt } = run;
      void attempt(() =>
        commands.downloadFile(`/api/runs/${id}/metrics.tfevents`, eventFileName(id, createdAt)),
      );
    },
  );

  store.watch(
    (state) => JSON.stringify([state.runId, state.runs[state.runId ?? '']?.name]),
    (_, state) => fill(name.input, watchedRun(state)?.name ?? ''),
  );
  store.watch(
    (state) => watchedRun(state)?.tags?.join(', ') ?? '',
    (text) => fill(tags.input, text),
  );
  store.watch(
    (state) => watchedRun(state)?.note ?? '',
    (text) => fill(note, text),
  );
  const details = el(
    'details',
    { class: 'run-details', id: 'run-details' },
    el('summary', { text: 'This run: name, notes and files' }),
    name.element,
    tags.element,
    el('label', { for: 'run-note', text: 'Note' }),
    note,
    el('label', { for: 'run-checkpoint', text: 'Checkpoint', tip: explain('init') }),
    el('div', { class: 'row-of-buttons' }, choice, fork, start, download),
    el('span', { class: 'label', text: 'Measurements' }),
    el('div', { class: 'row-of-buttons' }, metrics('csv'), metrics('json'), events),
    el('span', { class: 'label', text: 'A policy of yours' }),
    el(
      'div',
      { class: 'row-of-buttons' },
      button({ text: 'Start from a file…', look: 'quiet' }, () => file.click()),
      file,
    ),
    problem,
  );
  const list = () => {
    const { runId } = store.get();
    if (!details.open || runId === undefined) return;
    void attempt(async () => {
      const checkpoints = await commands.listCheckpoints(runId);
      const before = choice.value;
      choice.replaceChildren(...checkpoints.map(checkpointOption));
      if (checkpoints.some(({ id }) => id === before)) choice.value = before;
      for (const one of [fork, start, download]) one.disabled = checkpoints.length === 0;
    });
  };
  details.addEventListener('toggle', list);
  store.watch((state) => state.runId, list);
  return details;
}

function checkpointOption({ id, envSteps, evalSuccess }: CheckpointLine, at: number): HTMLElement {
  const success = evalSuccess === undefined ? '' : ` · ${formatShare(evalSuccess)}`;
  const text = `${at === 0 ? 'newest, ' : ''}${formatCount(envSteps)} steps${success}`;
  return el('option', { value: id, text });
}

/** Leaves a field alone while somebody types in it. */
function fill(control: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  if (document.activeElement !== control) control.value = text;
}

function field(
  id: string,
  label: string,
  attributes: Record<string, unknown>,
  change: (text: string) => unknown,
) {
  const input = el('input', {
    id,
    type: 'text',
    ...attributes,
    on: { change: () => void change(input.value.trim()) },
  });
  return {
    input,
    element: el('div', { class: 'field-row' }, el('label', { for: id, text: label }), input),
  };
}
