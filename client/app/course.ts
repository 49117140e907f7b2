import { successSoFar } from '../selectors/progress.ts';
import { metricTip, watchedRun } from '../selectors/run.ts';
import type { Store } from '../store/store.ts';
import { formatShare } from '../theme/format.ts';
import type { Commands } from '../ui/commands.ts';
import { el, icon, setText } from '../ui/dom.ts';
import { ICONS } from '../ui/icons.ts';

const CHOICES = {
  learning: { text: 'Learning', tip: 'How success has come about; drag along it to see episodes' },
  story: {
    text: 'Story',
    tip: 'The same worlds, played by its checkpoints in turn: how it became what it is',
  },
  episode: { text: 'This episode', tip: 'Goals, actions, events, value and reward of the episode' },
} as const;

/** The wide picture under the stage: how the run has learnt, or how this episode went. */
export function fillCourse(
  section: HTMLElement,
  curve: HTMLElement,
  timeline: HTMLElement,
  tale: HTMLElement,
  tools: readonly HTMLElement[],
  store: Store,
  commands: Pick<Commands, 'chooseCourse'>,
): void {
  const header = section.querySelector('header') as HTMLElement;
  const from = el('b', { class: 'from' });
  const to = el('b');
  const arrow = icon(ICONS.arrow);
  const about = el('span', { class: 'about' });
  const tip = metricTip('evalSuccess');
  const headline = el('p', { class: 'headline', tip }, from, arrow, to, about);
  const choices = (Object.keys(CHOICES) as (keyof typeof CHOICES)[]).map((course) =>
    el('button', {
      type: 'button',
      'data-course': course,
      ...CHOICES[course],
      on: { click: () => commands.chooseCourse(course) },
    }),
  );
  header.append(
    headline,
    el('div', { class: 'segments', role: 'group', 'aria-label': 'Course of' }, ...choices),
    ...tools,
  );
  store.watch(
    (state) => state.view.course,
    (chosen) => {
      for (const one of choices)
        one.setAttribute('aria-pressed', String(one.dataset.course === chosen));
      curve.hidden = chosen !== 'learning';
      timeline.hidden = chosen !== 'episode';
      tale.hidden = chosen !== 'story';
    },
  );
  store.watch(
    (state) => JSON.stringify(successSoFar(state.series.points, watchedRun(state)?.testing)),
    (_, state) => {
      const { first, now, words } = successSoFar(state.series.points, watchedRun(state)?.testing);
      setText(from, first === undefined ? '' : formatShare(first));
      setText(to, now === undefined ? '' : formatShare(now));
      from.hidden = first === undefined || now === undefined;
      arrow.toggleAttribute('hidden', from.hidden);
      setText(about, words);
    },
  );
}
