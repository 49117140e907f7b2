import { ACTION_NAMES } from '../../../shared/constants.ts';
import { explain } from '../../../shared/glossary.ts';
import { SUBGOAL_LABELS } from '../../../shared/goals.ts';
import { at } from '../../../shared/indexing.ts';
import { type Belief, beliefAt, type Thought, thoughtAt } from '../../selectors/mind.ts';
import { ACTION_LABELS, currentStep } from '../../selectors/steps.ts';
import { cellAt, describeCell, type EpisodeView, frameAt } from '../../selectors/world.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { el, icon, setText } from '../../ui/dom.ts';
import { ACTION_ICONS } from '../../ui/icons.ts';

const CANDIDATES = 4;

/**
 * How one step's thought settled: the Doer's action probabilities after each of its iterations, and
 * the Planner's belief over targets before and after it thought.
 */
export function createSettling(store: Store): HTMLElement {
  const grid = el('div', { class: 'cycles', role: 'img' });
  const beliefTitle = el('h3', { class: 'planner-ink', tip: explain('goalAge') });
  const beliefs = el('ul', { class: 'beliefs' });
  const doer = el(
    'div',
    {
      tip: 'One column for each iteration of the Doer at this step, from the first to the one it acted on. The bolder a square, the likelier the action. A gap is where the Planner thought in between.',
    },
    el('h3', { class: 'doer-ink', text: 'Action by cycle' }),
    grid,
  );
  const planner = el('div', {}, beliefTitle, beliefs);
  const missing = el('p', { class: 'empty', hidden: true });
  const element = el('div', { class: 'settling' }, planner, doer, missing);

  store.watch(
    (state) => (state.episode ? `${state.episode.replay.id} ${currentStep(state)}` : ''),
    (_, state) => {
      const step = currentStep(state);
      const thought = state.episode && thoughtAt(state.episode, step);
      const belief = state.episode && beliefAt(state.episode, step);
      doer.hidden = !thought;
      planner.hidden = !belief;
      missing.hidden = thought !== undefined;
      setText(missing, missingText(state));
      if (thought) fillCycles(grid, thought);
      if (!belief || !state.episode) return;
      const age = step - belief.step;
      setText(
        beliefTitle,
        age === 0
          ? 'Goal, at this replan'
          : `Goal, at the replan ${age} ${age === 1 ? 'step' : 'steps'} ago`,
      );
      fillBeliefs(beliefs, state.episode, belief);
    },
  );
  return element;
}

function missingText({ episode }: State): string {
  const mind = episode?.replay.mind;
  if (!mind) return '';
  return mind.readouts
    ? 'Kept for the first steps of an episode only.'
    : 'This episode was kept without its cycles.';
}

/** A row for each action, a column for each iteration. */
function fillCycles(grid: HTMLElement, { actions, before }: Thought): void {
  grid.style.setProperty('--cycles', String(actions.length));
  const last = at(actions, actions.length - 1);
  const best = last.indexOf(Math.max(...last));
  grid.setAttribute(
    'aria-label',
    `${actions.length} iterations; ${ACTION_LABELS[at(ACTION_NAMES, best)]} goes from ${percent(at(at(actions, 0), best))} to ${percent(at(last, best))}`,
  );
  grid.replaceChildren(
    ...ACTION_NAMES.map((name, action) =>
      el(
        'div',
        { class: 'cycle-row' },
        icon(ACTION_ICONS[name]),
        ...actions.map((row, cycle) => {
          const square = el('i', {
            class: cycle === before ? 'cycle after-planner' : 'cycle',
            tip: `${ACTION_LABELS[name]} after iteration ${cycle + 1}: ${percent(at(row, action))}`,
          });
          square.style.setProperty('--share', String(at(row, action)));
          return square;
        }),
        el('span', { class: 'value', text: percent(at(last, action)) }),
      ),
    ),
  );
}

/** The likeliest targets, each with its share before the Planner thought and after. */
function fillBeliefs(list: HTMLElement, episode: EpisodeView, belief: Belief): void {
  const likeliest = at(belief.subgoals, 0);
  const verb = SUBGOAL_LABELS[likeliest.subgoal];
  const rows = belief.candidates.slice(0, CANDIDATES).map(({ place, shares }) => {
    const now = at(shares, shares.length - 1);
    const bars = shares.map((share, update) => {
      const bar = el('i', { class: update === shares.length - 1 ? 'now' : 'before' });
      bar.style.width = `${100 * share}%`;
      return bar;
    });
    const { width, height } = episode;
    const what = place
      ? describeCell(cellAt(frameAt(episode, belief.step), width, height, place.x, place.y))
      : 'no target';
    const where = place ? ` (${place.x}, ${place.y})` : '';
    return el(
      'li',
      {
        tip: `${what}${where}: ${percent(at(shares, 0))} before the Planner thought, then ${shares.slice(1).map(percent).join(', ')}.`,
      },
      el('span', { class: 'what', text: what }),
      el('span', { class: 'bars' }, ...bars),
      el('span', { class: 'value', text: percent(now) }),
    );
  });
  list.replaceChildren(
    el(
      'li',
      {
        class: 'verb',
        tip: `What it wants there: ${belief.subgoals
          .slice(0, 3)
          .map(({ subgoal, share }) => `${SUBGOAL_LABELS[subgoal]} ${percent(share)}`)
          .join(', ')}.`,
      },
      el('span', { class: 'what', text: verb }),
      el('span', { class: 'value', text: percent(likeliest.share) }),
    ),
    ...rows,
  );
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
