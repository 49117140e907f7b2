import { explain } from '../../../shared/glossary.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { isActive, runList, statusWord } from '../../selectors/run.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatCount, formatShare } from '../../theme/format.ts';
import { throttled } from '../../theme/throttle.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { foldingPanel } from '../../ui/section.ts';
import { sureButton } from '../../ui/sureButton.ts';
import { branchText, type FamilyPlace, familyTree } from './family.ts';
import { createRunDetails } from './runDetails.ts';

const MAX_SHOWN = 30;
const REFRESH_MS = 1000;

/** The server's runs: watch another, or end one. */
export function createRunsPanel(store: Store, commands: Commands): HTMLElement {
  const list = el('div', { class: 'rows' });
  const count = el('span', { class: 'count', tip: explain('runs') });
  const details = foldingPanel('Runs', false, [count], list, createRunDetails(store, commands));
  details.id = 'runs';

  function render() {
    if (list.querySelector('[data-asked]')) return;
    const state = store.get();
    const runs = runList(state);
    count.textContent = String(runs.length || '');
    const rows = familyTree(runs)
      .slice(0, MAX_SHOWN)
      .map((place) => runRow(place, state, commands));
    // A list that is replaced would take the keyboard focus with it.
    const focused = (document.activeElement as HTMLElement | null)?.dataset.run;
    list.replaceChildren(
      ...(rows.length ? rows : [el('p', { class: 'empty', text: 'No runs yet.' })]),
    );
    if (focused) list.querySelector<HTMLElement>(`[data-run="${focused}"]`)?.focus();
  }

  store.watch((state) => state.runs, throttled(REFRESH_MS, render));
  store.watch((state) => state.runId, render);
  return details;
}

function runRow({ run, depth }: FamilyPlace, state: State, commands: Commands): HTMLElement {
  const success = run.evalSuccess ?? run.success ?? undefined;
  const facts = [
    statusWord(run.status),
    `${formatCount(run.envSteps)} steps`,
    branchText(run, state.runs),
    ...(run.tags ?? []).map((tag) => `#${tag}`),
    success === undefined ? '' : `success ${formatShare(success)}`,
  ].filter(Boolean);
  const name = run.name || shortLevelId(run.levelId);
  const row = el(
    'div',
    {
      class: 'row',
      'aria-current': run.id === state.runId ? 'true' : undefined,
      'data-depth': depth > 0 ? String(depth) : undefined,
    },
    el(
      'button',
      {
        class: 'main',
        type: 'button',
        'data-run': run.id,
        on: { click: () => commands.watchRun(run.id) },
      },
      el('b', { text: name }),
      el('small', {
        text: facts.join(' · '),
        tip: `${run.note ? `${run.note} — ` : ''}${explain('runFacts')}`,
      }),
    ),
    run.fork &&
      button(
        {
          icon: ICONS.compare,
          label: `Compare ${name} with what it branched off from`,
          tip: state.runs[run.fork.run]
            ? `Plays ${name} and ${state.runs[run.fork.run]?.name} on the same worlds, side by side.`
            : `Plays ${name} now and as it was at the fork on the same worlds, side by side.`,
          look: 'quiet',
        },
        () => commands.compareWithParent(run.id),
      ),
    isActive(run)
      ? sureButton({
          label: `End the run ${name}`,
          tip: 'Ends this run for good. Its curves and recordings stay.',
          path: ICONS.stop,
          question: 'End it?',
          act: () => commands.stopRun(run.id),
        })
      : sureButton({
          label: `Delete the run ${name}`,
          tip: 'Deletes this run with its curves and checkpoints. Recordings stay, and so does what branched off from it.',
          path: ICONS.remove,
          question: 'Delete it?',
          act: () => commands.deleteRun(run.id),
        }),
  );
  return row;
}
