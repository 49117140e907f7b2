import {
  ABLATION_IDS,
  ABLATIONS,
  type Ablation,
  DOER_CHOICES,
  PLANNER_CHOICES,
  type WhoActs,
  type WhoPlans,
} from '../../../shared/play.ts';
import type { SideChoice, SideName } from '../../store/state.ts';
import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { type Game, isPlayed, type PolicyOption, shareText, tallyOf } from './tally.ts';

const DEPTHS = [1, 2, 3, 4, 6, 8] as const;

/** One side of the comparison: who plays and how, a stage, and how it went. */
export interface CompareSide {
  readonly element: HTMLElement;
  /** Where the stage is put. */
  readonly host: HTMLElement;
  choice(): SideChoice;
  /** Sets all that can be chosen; what this page does not offer stays as it is. */
  choose(choice: SideChoice): void;
  setPolicies(options: readonly PolicyOption[], chosen: string): void;
  /** Counts, and a mark for each world; `index` is the one on the stage. */
  showGames(games: readonly Game[], seedBase: number, index: number): void;
  showCaption(text: string): void;
  /** In place of a picture; empty where there is one. */
  showHint(text: string): void;
}

/**
 * @param onPick called with the number of a world that was clicked
 * @param onRemove takes the side away; undefined for those that always are there
 */
export function createCompareSide(
  name: SideName,
  onPick: (index: number) => void,
  onRemove?: () => void,
): CompareSide {
  const policy = el('select', { 'aria-label': `Who plays as ${name}` });
  const ablation = choiceOf(`What is switched off in ${name}`, ABLATIONS, ABLATION_IDS);
  const planner = choiceOf(`Who sets the goals of ${name}`, PLANNER_CHOICES);
  const doer = choiceOf(`Who acts for ${name}`, DOER_CHOICES);
  const depth = el('select', {
    'aria-label': `Depth of thought of ${name}`,
    tip: 'Planner updates each time it replans: what more thinking buys.',
  });
  depth.append(
    el('option', { value: '', text: 'Depth as trained' }),
    ...DEPTHS.map((count) => el('option', { value: String(count), text: `Depth ${count}` })),
  );
  const greedy = el('input', { type: 'checkbox' });
  const hint = el('p', { class: 'compare-hint' });
  const host = el('div', { class: 'compare-stage' }, hint);
  const caption = el('p', { class: 'caption' });
  const tally = el('p', {
    class: 'tally',
    'aria-live': 'polite',
    tip: 'Missions done in the worlds played so far, as a share with its 95 % interval. Unit: worlds, % of worlds.',
  });
  const marks = el('div', { class: 'marks', role: 'group', 'aria-label': `Worlds of ${name}` });
  const element = el(
    'section',
    { class: `side ${name}`, 'aria-label': `Side ${name}`, 'data-side': name },
    el(
      'header',
      {},
      el('b', { text: name }),
      policy,
      onRemove &&
        button({ icon: ICONS.remove, label: `Remove side ${name}`, look: 'quiet' }, onRemove),
    ),
    el(
      'div',
      { class: 'options' },
      planner,
      doer,
      ablation,
      depth,
      el(
        'label',
        { tip: 'The likeliest actions and goals instead of drawn ones.' },
        greedy,
        'Greedy',
      ),
    ),
    host,
    caption,
    tally,
    marks,
  );
  // Scripts have no Planner, no Doer and no depth; and what somebody else does cannot be switched off.
  const restrict = () => {
    const scripted = policy.value === 'expert' || policy.value === 'random';
    for (const one of [planner, doer, depth, greedy]) one.disabled = scripted;
    ablation.disabled = scripted || planner.value === 'expert' || doer.value === 'exact';
    if (doer.value === 'exact') greedy.disabled = true;
  };
  for (const one of [policy, planner, doer]) one.addEventListener('change', restrict);

  return {
    element,
    host,
    choice() {
      return {
        policy: policy.value,
        ablation: ablation.disabled ? 'none' : (ablation.value as Ablation),
        planner: planner.disabled ? undefined : otherThanOwn(planner.value as WhoPlans),
        doer: doer.disabled ? undefined : otherThanOwn(doer.value as WhoActs),
        depth: depth.disabled || depth.value === '' ? undefined : Number(depth.value),
        greedy: !greedy.disabled && greedy.checked,
      };
    },
    choose(choice) {
      const set = (select: HTMLSelectElement, value: string) => {
        if (![...select.options].some((option) => option.value === value)) return;
        select.value = value;
        select.dispatchEvent(new Event('choose'));
      };
      set(policy, choice.policy);
      set(ablation, choice.ablation);
      set(planner, choice.planner ?? 'own');
      set(doer, choice.doer ?? 'own');
      set(depth, String(choice.depth ?? ''));
      greedy.checked = choice.greedy;
      restrict();
    },
    setPolicies(options, chosen) {
      const kept = options.some(({ id }) => id === policy.value) ? policy.value : chosen;
      policy.replaceChildren(
        ...options.map(({ id, label }) => el('option', { value: id, text: label })),
      );
      policy.value = kept;
      restrict();
    },
    showGames(games, seedBase, index) {
      const counts = tallyOf(games);
      const steps =
        counts.steps === undefined ? '' : ` · ${counts.steps.toFixed(1)} steps when done`;
      setText(
        tally,
        counts.played === 0
          ? ''
          : `${counts.done} of ${counts.played} done · ${shareText(counts)}${steps}`,
      );
      element.dataset.played = String(counts.played);
      element.dataset.done = String(counts.done);
      while (marks.childElementCount > games.length) marks.lastElementChild?.remove();
      games.forEach((game, i) => {
        const mark = (marks.children[i] as HTMLElement | undefined) ?? makeMark(i, onPick);
        if (!mark.parentElement) marks.append(mark);
        const [sign, tone, words] = signOf(game);
        setText(mark, sign);
        mark.dataset.tone = tone;
        mark.dataset.tip = `Seed ${seedBase + i}: ${words}`;
        mark.setAttribute('aria-label', `Seed ${seedBase + i}: ${words}`);
        mark.setAttribute('aria-pressed', String(i === index));
      });
    },
    showCaption: (text) => setText(caption, text),
    showHint(text) {
      hint.hidden = text === '';
      setText(hint, text);
    },
  };
}

const otherThanOwn = <T extends string>(who: T): T | undefined => (who === 'own' ? undefined : who);

/** A choice of described things, whose tip is the description of the chosen one. */
function choiceOf<T extends string>(
  name: string,
  table: Readonly<Record<T, { label: string; help: string }>>,
  ids = Object.keys(table) as T[],
): HTMLSelectElement {
  const select = el('select', { 'aria-label': name });
  select.append(...ids.map((id) => el('option', { value: id, text: table[id].label })));
  const explain = () => {
    select.dataset.tip = table[select.value as T].help;
  };
  for (const when of ['change', 'choose']) select.addEventListener(when, explain);
  explain();
  return select;
}

function makeMark(index: number, onPick: (index: number) => void): HTMLElement {
  return el('button', { type: 'button', class: 'mark', on: { click: () => onPick(index) } });
}

/** Told apart by shape as well as by colour: what was done is a dot that the style draws. */
function signOf(game: Game): [string, string, string] {
  if (game === undefined) return ['·', 'none', 'not played yet'];
  if (!isPlayed(game)) return ['!', 'bad', game.failed];
  const steps = `${game.outcome.steps} steps`;
  return game.outcome.success
    ? ['', 'good', `done in ${steps}`]
    : ['×', 'bad', `not done in ${steps}`];
}
