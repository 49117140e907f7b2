import { at as itemAt } from '../../../shared/indexing.ts';
import { goalAt } from '../../selectors/goals.ts';

import { successSoFar } from '../../selectors/progress.ts';
import { ACTION_LABELS, currentStep, doerAt } from '../../selectors/steps.ts';
import type { State, Verb } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatShare } from '../../theme/format.ts';
import { recall, remember } from '../../theme/memory.ts';
import { throttled } from '../../theme/throttle.ts';
import { pageZoom } from '../../theme/zoom.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';

const SEEN_KEY = 'planner-doer-tour';
const LIVE_MS = 500;
const GAP = 10;

interface Stop {
  /** What it is about: a selector of something on the page. */
  target: string;
  /** Where on the page that is; by default where one watches. */
  verb?: Verb;
  course?: State['view']['course'];
  title: string;
  text: string;
  /** What can be seen there now, in the run on the page. */
  live?: (state: State) => string;
}

const STOPS: readonly Stop[] = [
  {
    target: '#stage-frame',
    title: 'The world',
    text: 'The arrow is the agent. It sees only the lit cells and is told its mission in words. On the left the same world before it has learnt anything.',
    live: ({ episode }) => (episode ? `Now: “${episode.replay.mission}”.` : ''),
  },
  {
    target: '.node.planner',
    title: 'The Planner',
    text: 'Thinks slowly. It sets a goal, marked orange on the stage, and keeps it until it replans.',
    live: (state) => {
      const goal = state.episode && goalAt(state.episode, currentStep(state));
      if (!goal) return '';
      return goal.decided
        ? `Now: ${goal.label}, ${formatShare(goal.confidence)} sure.`
        : 'Now: undecided.';
    },
  },
  {
    target: '.node.doer',
    title: 'The Doer',
    text: 'Thinks fast. At every step it turns the goal into one of seven actions; the bars are its probabilities.',
    live: (state) => {
      const step = currentStep(state);
      if (!state.episode || step < 0) return '';
      const { chosen, probabilities } = doerAt(state.episode, step);
      const share = probabilities && Math.max(...probabilities);
      return `Now: ${ACTION_LABELS[chosen].toLowerCase()}${share === undefined ? '' : `; its likeliest action has ${formatShare(share)}`}.`;
    },
  },
  {
    target: '#rewards',
    verb: 'change',
    title: 'The reward',
    text: 'What the agent is paid for. Move a slider while it learns, or try “Adversarial” to see it learn the wrong thing; Undo takes it back.',
  },
  {
    target: '#course',
    course: 'learning',
    title: 'Fine-tuning',
    text: 'The policy began as a copy of an expert, and learns from reward. “Held out” are worlds that it never trains on.',
    live: (state) => {
      const { first, now, words } = successSoFar(state.series.points);
      if (now === undefined) return words;
      const from = first === undefined ? '' : `from ${formatShare(first)} `;
      return `Now: ${from}to ${formatShare(now)} ${words}.`;
    },
  },
  {
    target: '#course',
    course: 'episode',
    title: 'Look closer',
    text: 'Drag through the episode, or use space and the arrow keys. Viewing and learning have separate speeds; L goes back to live.',
  },
  {
    target: '#missions',
    verb: 'change',
    title: 'Your turn',
    text: 'Pick one of all missions, write your own, or build a world by hand. The ? in the corner has keys, meanings, and this tour.',
  },
];

export interface Tour {
  start(): void;
}

/**
 * A walk along the live page in a card that covers neither the stage nor what it speaks of, and leaves
 * everything usable. On the very first visit it asks whether it is wanted.
 */
export function createTour(
  store: Store,
  commands: Pick<Commands, 'chooseVerb' | 'chooseCourse'>,
): Tour {
  const title = el('h2', { id: 'tour-title' });
  const text = el('p');
  const live = el('p', { class: 'tour-live' });
  const count = el('span', { class: 'count' });
  const back = button({ text: 'Back', look: 'quiet' }, () => show(at - 1));
  const next = button({ text: 'Next', look: 'primary' }, () =>
    at + 1 < STOPS.length ? show(at + 1) : end(),
  );
  const skip = button({ text: 'Skip', look: 'quiet' }, () => end());
  const card = el(
    'section',
    { class: 'tour', id: 'tour', 'aria-labelledby': 'tour-title', tabindex: -1, hidden: true },
    title,
    el('div', { role: 'status' }, text),
    live,
    el('footer', {}, count, skip, back, next),
  );
  document.body.append(card);
  let at = -1;
  let pointed: HTMLElement | undefined;
  let before: HTMLElement | undefined;

  const tell = throttled(LIVE_MS, () => {
    if (!card.hidden) setText(live, STOPS[at]?.live?.(store.get()) ?? '');
  });

  const layout = new ResizeObserver(() => put());

  function point(target: HTMLElement | undefined) {
    pointed?.classList.remove('pointed');
    pointed = target;
    target?.classList.add('pointed');
    layout.disconnect();
    if (!target) return;
    // Panels grow as the first numbers arrive, and push what lies below them.
    for (const one of [card, ...(target.parentElement?.children ?? [])]) layout.observe(one);
  }

  function show(stop: number) {
    at = stop;
    const { target, title: name, text: words, verb = 'watch', course } = itemAt(STOPS, stop);
    commands.chooseVerb(verb);
    if (course) commands.chooseCourse(course);
    // What is pointed at has to be there before it is measured.
    store.flush();
    setText(title, name);
    setText(text, words);
    setText(count, `${at + 1} of ${STOPS.length}`);
    back.hidden = at === 0;
    skip.hidden = at === STOPS.length - 1;
    setText(next, at === STOPS.length - 1 ? 'Done' : 'Next');
    card.hidden = false;
    setText(live, '');
    tell();
    const element = document.querySelector<HTMLElement>(target) ?? undefined;
    point(element);
    element?.scrollIntoView({ block: 'nearest' });
    put();
    card.focus({ preventScroll: true });
  }

  /** Beside what it speaks of where there is room for it, else in the corner farthest from it. */
  function put() {
    if (card.hidden) return;
    const { width, height } = card.getBoundingClientRect();
    const around = pointed?.getBoundingClientRect();
    const stage = document.querySelector('.stage-frame')?.getBoundingClientRect();
    const bottom = innerHeight - height - GAP;
    const clamp = (value: number, most: number) => Math.max(GAP, Math.min(value, most));
    const top = clamp(around?.top ?? bottom, bottom);
    const places: [number, number][] = [
      ...(around
        ? ([
            [around.right + GAP, top],
            [around.left - width - GAP, top],
            [clamp(around.left, innerWidth - width - GAP), around.bottom + GAP],
            [clamp(around.left, innerWidth - width - GAP), around.top - height - GAP],
          ] as [number, number][])
        : []),
      [GAP, bottom],
      [innerWidth - width - GAP, bottom],
    ];
    // Beside it, not merely off it.
    const fits = ([x, y]: [number, number]) =>
      x >= GAP && y >= GAP && x + width <= innerWidth - GAP && y + height <= innerHeight - GAP;
    const overlap = ([x, y]: [number, number], other: DOMRect | undefined) =>
      other
        ? Math.max(0, Math.min(x + width, other.right) - Math.max(x, other.left)) *
          Math.max(0, Math.min(y + height, other.bottom) - Math.max(y, other.top))
        : 0;
    const cost = (place: [number, number]) => overlap(place, around) + overlap(place, stage);
    const [x, y] = places.filter(fits).sort((a, b) => cost(a) - cost(b))[0] ?? [GAP, bottom];
    const zoom = pageZoom();
    card.style.left = `${x / zoom}px`;
    card.style.top = `${y / zoom}px`;
  }

  function end() {
    const hadFocus = card.contains(document.activeElement);
    card.hidden = true;
    point(undefined);
    commands.chooseVerb('watch');
    commands.chooseCourse('learning');
    remember(SEEN_KEY, 'seen');
    if (hadFocus) before?.focus();
  }

  function start() {
    before = (document.activeElement as HTMLElement | null) ?? undefined;
    remember(SEEN_KEY, 'seen');
    card.classList.remove('invitation');
    show(0);
  }

  card.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    end();
  });
  store.watch((state) => state.playback.cursor, tell);
  addEventListener('resize', put);
  addEventListener('scroll', put, { capture: true, passive: true });
  if (recall(SEEN_KEY) === undefined) invite(start);
  return { start };
}

/** Asks once, in a strip above the page, whether the visitor wants to be shown round. Covers nothing, never takes the focus. */
function invite(start: () => void): void {
  const leave = () => {
    remember(SEEN_KEY, 'seen');
    box.remove();
  };
  const box = el(
    'aside',
    { class: 'invitation', id: 'invitation', 'aria-label': 'Invitation to a tour' },
    el(
      'p',
      {},
      el('b', { text: 'New here? ' }),
      'Planner, Doer and reward in two minutes, on the live run.',
    ),
    el(
      'div',
      {},
      el('button', {
        class: 'button primary',
        type: 'button',
        text: 'Show me round',
        on: {
          click: () => {
            leave();
            start();
          },
        },
      }),
      el('button', { class: 'button quiet', type: 'button', text: 'Skip', on: { click: leave } }),
    ),
  );
  document.querySelector('main')?.before(box);
}
