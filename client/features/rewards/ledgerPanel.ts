import { explain } from '../../../shared/glossary.ts';
import { REWARD_FIELDS, type RewardTermId } from '../../../shared/rewards.ts';
import { formatReward } from '../../selectors/steps.ts';
import type { Store } from '../../store/store.ts';
import { throttled } from '../../theme/throttle.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';
import { panel } from '../../ui/section.ts';
import {
  type EpisodeLedger,
  LEDGER_EPISODES,
  ledgerOf,
  meanTerms,
  recentLedgers,
} from './ledger.ts';

const REDRAW_MS = 250;
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 270;
const HEIGHT = 64;

/** Where the reward of the newest episodes, and of the one on the stage, came from. */
export function createLedgerPanel(store: Store, commands: Commands): HTMLElement {
  const bars = document.createElementNS(SVG, 'svg');
  bars.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  bars.setAttribute('preserveAspectRatio', 'none');
  bars.setAttribute('role', 'img');
  bars.setAttribute('class', 'ledger-bars');
  const caption = el('p', { class: 'empty' });
  const table = el('dl', { class: 'ledger-terms' });
  const note = el('p', { class: 'empty' });
  const section = panel('Where the reward came from', [], bars, caption, table, note);
  section.id = 'ledger';
  bars.addEventListener('click', (event) => {
    const id = (event.target as Element).closest<SVGElement>('[data-episode]')?.dataset.episode;
    if (id) commands.showEpisode(id);
  });

  function render() {
    const state = store.get();
    const recent = recentLedgers(state);
    const shown = state.episode && ledgerOf(state.episode.replay);
    const means = meanTerms(recent);
    drawBars(bars, recent, shown?.id);
    bars.toggleAttribute('hidden', recent.length === 0);
    const said = means.map(({ id, value }) => `${REWARD_FIELDS[id].label} ${formatReward(value)}`);
    const summary = `Mean of the last ${recent.length} episodes: ${said.join(', ') || 'no reward'}.`;
    bars.setAttribute('aria-label', summary);
    setText(
      caption,
      recent.length
        ? `The last ${recent.length} episodes: what was paid upwards, what was taken downwards. The marked one is on the stage.`
        : 'Bars come with the first episodes.',
    );
    table.replaceChildren(...rowsOf(shown, means));
    setText(
      note,
      shown && shown.terms.length === 0 ? 'The episode on the stage was paid nothing.' : '',
    );
  }

  const schedule = throttled(REDRAW_MS, render);
  store.watch((state) => state.episodes, schedule);
  store.watch((state) => state.episode, schedule);
  return section;
}

function drawBars(svg: SVGSVGElement, episodes: readonly EpisodeLedger[], shown?: string): void {
  const top = Math.max(0.05, ...episodes.map(({ paid }) => paid));
  const bottom = Math.min(0, ...episodes.map(({ taken }) => taken));
  const y = (value: number) => ((top - value) / (top - bottom)) * HEIGHT;
  const pitch = WIDTH / LEDGER_EPISODES;
  const columns = episodes.map((episode, at) => {
    const group = document.createElementNS(SVG, 'g');
    group.dataset.episode = episode.id;
    group.dataset.shown = String(episode.id === shown);
    group.append(
      // The whole height, so that episodes without reward can be picked too.
      rectangle('pick', at * pitch, 0, pitch, HEIGHT),
      ...stack(episode, (from, to, term) => {
        const bar = rectangle(
          'bar',
          at * pitch + 1,
          Math.min(y(from), y(to)),
          pitch - 2,
          Math.abs(y(to) - y(from)),
        );
        bar.dataset.term = term;
        return bar;
      }),
    );
    return group;
  });
  svg.replaceChildren(...columns, rectangle('zero', 0, y(0) - 0.5, WIDTH, 1));
}

/** The terms on top of each other: what was paid from 0 upwards, what was taken from 0 downwards. */
function stack<T>(
  { terms }: EpisodeLedger,
  draw: (from: number, to: number, term: RewardTermId) => T,
): T[] {
  let [up, down] = [0, 0];
  return terms.map(({ id, value }) => {
    const from = value > 0 ? up : down;
    if (value > 0) up += value;
    else down += value;
    return draw(from, from + value, id);
  });
}

function rectangle(name: string, x: number, y: number, width: number, height: number) {
  const rect = document.createElementNS(SVG, 'rect');
  rect.setAttribute('class', name);
  for (const [key, value] of Object.entries({ x, y, width, height })) {
    rect.setAttribute(key, value.toFixed(2));
  }
  return rect;
}

/** A line for each term: in the episode on the stage, and on average. */
function rowsOf(shown: EpisodeLedger | undefined, means: EpisodeLedger['terms']): HTMLElement[] {
  const ids = [...new Set([...means, ...(shown?.terms ?? [])].map(({ id }) => id))];
  if (ids.length === 0) return [];
  const valueIn = (terms: EpisodeLedger['terms'] | undefined, id: RewardTermId) =>
    terms?.find((term) => term.id === id)?.value ?? 0;
  const head = [
    el('dt', { class: 'visually-hidden', text: 'Reward term' }),
    el('dd', { class: 'column', text: 'on stage', tip: explain('ledgerShown') }),
    el('dd', { class: 'column', text: 'mean', tip: explain('ledgerMean') }),
  ];
  return [
    ...head,
    ...ids.flatMap((id) => [
      el(
        'dt',
        { tip: REWARD_FIELDS[id].help },
        el('i', { class: 'swatch', 'data-term': id }),
        REWARD_FIELDS[id].label,
      ),
      amount(shown ? valueIn(shown.terms, id) : undefined, explain('ledgerShown')),
      amount(valueIn(means, id), explain('ledgerMean')),
    ]),
  ];
}

function amount(value: number | undefined, tip: string): HTMLElement {
  if (value === undefined) return el('dd', { text: '–', tip });
  const sign = value > 0 ? 'plus' : value < 0 ? 'minus' : undefined;
  return el('dd', { text: formatReward(value), 'data-sign': sign, tip });
}
