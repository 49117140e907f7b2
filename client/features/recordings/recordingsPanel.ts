import { explain } from '../../../shared/glossary.ts';
import type { RecordingInfo } from '../../../shared/protocol.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { formatReward } from '../../selectors/steps.ts';
import type { Store } from '../../store/store.ts';
import { formatAge } from '../../theme/format.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { foldingPanel } from '../../ui/section.ts';
import { titleOf } from './libraryFilter.ts';
import { createRecordChoice } from './recordChoice.ts';

/** The newest; the library has all. */
const MAX_ROWS = 40;

/** Saved episodes: play, download, share, delete, and import from a file. */
export function createRecordingsPanel(store: Store, commands: Commands): HTMLElement {
  const list = el('div', { class: 'rows' });
  const count = el('span', { class: 'count', tip: explain('recordings') });
  const file = el('input', {
    type: 'file',
    accept: 'application/json,.json',
    class: 'visually-hidden',
    tabindex: -1,
    'aria-label': 'Replay file to import',
  });
  file.addEventListener('change', () => {
    const chosen = file.files?.[0];
    if (chosen) commands.importRecording(chosen);
    file.value = '';
  });
  const importButton = button({ text: 'Import a file…', look: 'quiet' }, () => file.click());
  const details = foldingPanel(
    'Recordings',
    true,
    [count],
    list,
    el(
      'div',
      { class: 'row-of-buttons' },
      button(
        {
          text: 'Library…',
          look: 'quiet',
          tip: 'All recordings with their pictures: search, name, tag, hand out',
        },
        () => commands.openLibrary(),
      ),
      importButton,
      file,
    ),
    createRecordChoice(store, commands),
  );
  details.id = 'recordings';

  function render() {
    const { recordings, episode } = store.get();
    const shown = episode?.origin.kind === 'recording' ? episode.origin.id : undefined;
    count.textContent = String(recordings.length || '');
    list.replaceChildren(
      ...(recordings.length
        ? recordings
            .slice(0, MAX_ROWS)
            .map((recording) => row(recording, recording.id === shown, commands))
        : [
            el('p', {
              class: 'empty',
              text: 'Press Record (R) to keep what you see, then replay, share or download it.',
            }),
          ]),
    );
  }
  store.watch((state) => state.recordings, render);
  store.watch((state) => state.episode?.origin, render);
  return details;
}

function row(recording: RecordingInfo, current: boolean, commands: Commands): HTMLElement {
  const outcome = recording.success ? 'done' : 'not done';
  const age = formatAge(recording.savedAt, Date.now());
  const name = `${titleOf(recording)}, ${outcome} in ${recording.steps} steps`;
  const tool = (label: string, path: string, act: () => void) =>
    button({ icon: path, label: `${label}: ${name}`, tip: label, look: 'quiet' }, act);
  return el(
    'div',
    {
      class: 'row',
      'data-recording': recording.id,
      'aria-current': current ? 'true' : undefined,
    },
    el(
      'button',
      {
        class: 'main',
        type: 'button',
        tip: `“${recording.mission}”: ${shortLevelId(recording.levelId)}, seed ${recording.seed}, return ${formatReward(recording.return)}. Click to play.`,
        on: { click: () => commands.playRecording(recording.id) },
      },
      el('b', { text: titleOf(recording) }),
      el('small', {
        text: `${recording.success ? 'Done' : 'Not done'} · ${recording.steps} steps · ${age}`,
      }),
    ),
    tool('Copy link', ICONS.link, () => commands.copyRecordingLink(recording.id)),
    tool('Download', ICONS.download, () => commands.downloadRecording(recording.id)),
    tool('Delete', ICONS.remove, () => commands.deleteRecordings([recording.id])),
  );
}
