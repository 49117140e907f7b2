import { describeHacking } from '../../../shared/hackingAlarm.ts';
import {
  DEFAULT_REWARDS,
  REWARD_FIELDS,
  REWARD_PRESETS,
  REWARD_TERM_IDS,
  type RewardWeights,
} from '../../../shared/rewards.ts';
import { canSteer, watchedRun } from '../../selectors/run.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';
import { createFieldForm, explainButton } from '../../ui/fields.ts';
import { panel } from '../../ui/section.ts';

/** What the agent is paid for: one slider a term, presets, undo and redo, and the alarm when it backfires. */
export function createRewardsPanel(store: Store, commands: Commands): HTMLElement {
  const form = createFieldForm({
    store,
    name: 'reward',
    table: REWARD_FIELDS,
    ids: REWARD_TERM_IDS,
    values: (state) => watchedRun(state)?.rewards,
    editable: canSteer,
    send: (patch) => commands.setRewards(patch as Partial<RewardWeights>),
  });
  const chips = REWARD_PRESETS.map((preset) => {
    const chip = el('button', {
      class: 'chip',
      type: 'button',
      text: preset.label,
      tip: preset.help,
      'aria-pressed': 'false',
      on: { click: () => form.apply(preset.weights) },
    });
    store.watch(
      (state) => {
        const rewards = watchedRun(state)?.rewards;
        return !!rewards && REWARD_TERM_IDS.every((id) => rewards[id] === preset.weights[id]);
      },
      (chosen) => chip.setAttribute('aria-pressed', String(chosen)),
    );
    store.watch(canSteer, (can) => {
      chip.disabled = !can;
    });
    return chip;
  });
  const history = (text: string, tip: string, act: () => void) =>
    button({ text, tip, look: 'quiet' }, act);
  const undo = history('Undo', 'Takes back the last change of the rewards (Ctrl+Z).', form.undo);
  const redo = history('Redo', 'Makes the change again (Ctrl+Shift+Z).', form.redo);
  form.onHistory((can) => {
    undo.disabled = !can.undo;
    redo.disabled = !can.redo;
  });
  const section = panel(
    'Rewards',
    [explainButton(form), undo, redo],
    alarmBox(store, () => form.apply(DEFAULT_REWARDS)),
    el('div', { class: 'chips', role: 'group', 'aria-label': 'Presets' }, ...chips),
    form.element,
  );
  section.id = 'rewards';
  return section;
}

/** Says that the rewards pay for something else than the mission, and offers the way out. */
function alarmBox(store: Store, toSparse: () => void): HTMLElement {
  const text = el('p');
  const box = el(
    'div',
    { class: 'hacking', role: 'alert', hidden: true },
    el('h3', { text: 'Reward hacking' }),
    text,
    el('button', {
      class: 'button',
      type: 'button',
      text: 'Pay for the mission only',
      tip: 'Sets all weights to those of BabyAI.',
      on: { click: toSparse },
    }),
  );
  store.watch(
    (state) => watchedRun(state)?.alarm,
    (alarm) => {
      box.hidden = !alarm;
      setText(text, alarm ? describeHacking(alarm) : '');
    },
  );
  return box;
}
