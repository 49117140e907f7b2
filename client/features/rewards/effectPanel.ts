import { describeChange } from '../../../shared/changeText.ts';
import { explain } from '../../../shared/glossary.ts';
import type { Store } from '../../store/store.ts';
import { formatCount, formatNumber, formatShare } from '../../theme/format.ts';
import { throttled } from '../../theme/throttle.ts';
import { el, icon } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { type Comparison, type Effect, effectOfLastChange, verdictOn } from './effect.ts';

const REDRAW_MS = 1000;

const VERDICTS = {
  rose: 'rose',
  fell: 'fell',
  unclear: 'may be chance',
} as const;

/** What has become of success since the newest change, and how sure that is. Stands beside the curves. */
export function createEffect(store: Store): HTMLElement {
  const content = el('div');
  let change = '';
  /** The change whose effect was dismissed; it would only hide the curves. */
  let dismissed: string | undefined;
  const hide = el(
    'button',
    {
      class: 'button quiet icon',
      type: 'button',
      'aria-label': 'Hide until the next change',
      tip: 'Hides this until the next change; the marks on the curves stay',
      on: {
        click: () => {
          dismissed = change;
          render();
        },
      },
    },
    icon(ICONS.remove),
  );
  const element = el('div', { class: 'effect', id: 'effect', hidden: true }, hide, content);
  const render = () => {
    const effect = effectOfLastChange(store.get());
    change = effect ? JSON.stringify(effect.change) : '';
    element.hidden = !effect || change === dismissed;
    if (effect) content.replaceChildren(...contentOf(effect));
  };
  const schedule = throttled(REDRAW_MS, render);
  store.watch((state) => state.series, schedule);
  store.watch((state) => state.changes, schedule);
  return element;
}

function contentOf(effect: Effect): HTMLElement[] {
  const { change, steps, episodes } = effect;
  return [
    el(
      'p',
      {},
      el('b', { text: 'Since ' }),
      el('span', { text: describeChange(change), tip: explain('lastChange') }),
      el('span', {
        class: 'when',
        text: ` · ${formatCount(steps)} steps, ${formatCount(episodes)} episodes ago`,
        tip: explain('sinceChange'),
      }),
    ),
    el(
      'dl',
      {},
      ...row('Held out', explain('effectHeldOut'), effect.heldOut, 'waits for the next test'),
      ...row(
        'Training',
        explain('effectTraining'),
        effect.training,
        `${Math.max(0, episodes)} of 100 episodes so far`,
      ),
      ...returnRow(effect),
    ),
    el('p', {
      class: 'caution',
      text: 'Learning goes on anyway: a rise alone does not show that the change caused it.',
    }),
  ];
}

function row(
  name: string,
  tip: string,
  comparison: Comparison | undefined,
  waiting: string,
): HTMLElement[] {
  const label = el('dt', { text: name, tip });
  if (!comparison) return [label, el('dd', { class: 'waits', text: waiting, tip })];
  const { before, after, interval } = comparison;
  const verdict = verdictOn(comparison);
  const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(Math.round(share * 100))}`;
  return [
    label,
    el(
      'dd',
      {
        tip: `${tip} 95 % interval of the difference: ${points(interval[0])} to ${points(interval[1])} percentage points.`,
      },
      `${formatShare(before.value)} → ${formatShare(after.value)} `,
      el('small', { text: `of ${before.count} and ${after.count}` }),
      el('b', { 'data-verdict': verdict, text: ` ${VERDICTS[verdict]}` }),
    ),
  ];
}

/** Returns in different weights are amounts in different currencies. */
function returnRow({ change, return: paid }: Effect): HTMLElement[] {
  if (!paid) return [];
  const tip = explain('effectReturn');
  return [
    el('dt', { text: 'Return', tip }),
    el(
      'dd',
      { tip },
      `${formatNumber(paid.before)} → ${formatNumber(paid.after)} `,
      el('small', {
        text: change.kind === 'rewards' ? 'not comparable: other rewards' : 'mean of 100 and 100',
      }),
    ),
  ];
}
