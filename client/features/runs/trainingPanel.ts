import {
  LEARNING_INFO,
  LIVE_SETTING_IDS,
  settingIdsOf,
  TRAIN_FIELDS,
  type TrainSettings,
} from '../../../shared/config.ts';
import { explain } from '../../../shared/glossary.ts';
import { LEARNING_REASONS } from '../../../shared/usualLearning.ts';
import { canSteer, watchedRun } from '../../selectors/run.ts';
import type { Store } from '../../store/store.ts';
import { formatCount, formatField } from '../../theme/format.ts';
import type { Commands } from '../../ui/commands.ts';
import { el } from '../../ui/dom.ts';
import { createFieldForm } from '../../ui/fields.ts';
import { foldingPanel } from '../../ui/section.ts';

/** How it learns: the settings that may change while it does, and those that were fixed at the start. */
export function createTrainingPanel(store: Store, commands: Commands): HTMLElement {
  const form = createFieldForm({
    store,
    name: 'setting',
    table: TRAIN_FIELDS,
    ids: LIVE_SETTING_IDS,
    values: (state) => watchedRun(state)?.settings,
    shown: (state) => settingIdsOf(watchedRun(state)?.learning ?? 'ppo'),
    editable: canSteer,
    send: (patch) => commands.setSettings(patch as Partial<TrainSettings>),
  });
  const undo = el('button', {
    class: 'button quiet',
    type: 'button',
    text: 'Undo last change',
    on: { click: () => form.undo() },
  });
  form.onHistory((can) => {
    undo.hidden = !can.undo;
  });
  const facts = el('dl', { class: 'facts' });
  store.watch(watchedRun, (run) => {
    const fixed = settingIdsOf(run?.learning ?? 'ppo').filter(
      (id) => !LIVE_SETTING_IDS.includes(id),
    );
    const rows: [string, string, string][] = run
      ? [
          ['Started from', run.init, explain('init')],
          [
            'Learns',
            `${LEARNING_INFO[run.learning].label}, because ${LEARNING_REASONS[run.learningReason]}`,
            `${LEARNING_INFO[run.learning].help} ${explain('learning')}`,
          ],
          ['Policy', `${run.policy} · ${run.preset}`, explain('policy')],
          ['Parameters', run.parameters ? formatCount(run.parameters) : '–', explain('parameters')],
          ['Seed', String(run.seed), explain('runSeed')],
          ...fixed.map((id): [string, string, string] => [
            TRAIN_FIELDS[id].label,
            `${formatField(run.settings[id], TRAIN_FIELDS[id])} ${TRAIN_FIELDS[id].unit}`,
            `${TRAIN_FIELDS[id].help} Fixed when the run starts.`,
          ]),
        ]
      : [];
    facts.replaceChildren(
      ...rows.flatMap(([name, value, tip]) => [
        el('dt', { text: name, tip }),
        el('dd', { text: value, tip }),
      ]),
    );
  });
  const details = foldingPanel('Training settings', false, [], form.element, undo, facts);
  details.id = 'training';
  return details;
}
