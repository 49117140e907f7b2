import {
  REWARD_FIELDS,
  REWARD_PRESETS,
  REWARD_TERM_IDS,
  type RewardWeights,
} from '../../shared/rewards.ts';
import { canSteer, watchedRun } from '../selectors/run.ts';
import type { Store } from '../selectors/view.ts';
import { el } from '../theme/dom.ts';
import type { Commands } from './commands.ts';
import { createFieldForm } from './fields.ts';
import { panel } from './section.ts';

/** What the agent is paid for: one slider a term, presets, undo. */
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
  const undo = el('button', {
    class: 'button quiet',
    type: 'button',
    text: 'Undo',
    tip: 'Takes back the last change of the rewards.',
    on: { click: () => form.undo() },
  });
  form.onUndoable((possible) => {
    undo.disabled = !possible;
  });
  const section = panel(
    'Rewards',
    [undo],
    el('div', { class: 'chips', role: 'group', 'aria-label': 'Presets' }, ...chips),
    form.element,
  );
  section.id = 'rewards';
  return section;
}
