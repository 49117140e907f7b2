import { at as itemAt } from '../../../shared/indexing.ts';
import type { SendCommand } from '../../net/connection.ts';
import { LESSON_IDS, type LessonId, type LessonPlace } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { recall, remember } from '../../theme/memory.ts';
import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';
import { LESSONS, type LessonTools } from './lessons.ts';
import { createSudokus, type Sudokus } from './sudokus.ts';

const DONE_KEY = 'planner-doer-lessons';

export interface LecternOptions {
  store: Store;
  send: SendCommand;
  attempt: (action: () => Promise<unknown>) => void;
  tools: LessonTools;
}

/**
 * The lectern stands above the page, which stays usable: one idea a screen in large type, and the page
 * below shows what it speaks of. The last screen of a lesson is a task that knows when it is done.
 */
export function createLectern(
  place: HTMLElement,
  { store, send, attempt, tools }: LecternOptions,
): void {
  const done = new Set((recall(DONE_KEY) ?? '').split(',').filter(Boolean));
  const kicker = el('p', { class: 'kicker' });
  const title = el('h2', { id: 'lectern-title', tabindex: -1 });
  const text = el('p', { class: 'words' });
  const live = el('p', {
    class: 'live',
    tip: 'Read off the page below, now.',
    'aria-live': 'polite',
  });
  const verdict = el('p', { class: 'verdict', role: 'status', hidden: true });
  const body = el('div', { class: 'body' });
  const dots = el('ol', { class: 'dots', 'aria-hidden': 'true' });
  const back = button({ text: 'Back', look: 'quiet' }, () => turn(-1));
  const next = button({ text: 'Next', look: 'primary', tip: 'Page down' }, () => turn(1));
  const all = button({ text: 'All lessons', look: 'quiet' }, () => go({ id: 'all', screen: 0 }));
  const present = button(
    { text: 'Present', look: 'quiet', tip: 'Larger type, less around it, for a room to read' },
    () => setPresenting(!document.body.classList.contains('presenting')),
  );
  const close = button({ text: 'Close', look: 'quiet', tip: 'Escape' }, () => go(undefined));
  place.append(
    kicker,
    title,
    text,
    live,
    body,
    verdict,
    el('footer', {}, dots, all, present, close, back, next),
  );
  let sudokus: Sudokus | undefined;
  let shown: LessonPlace | undefined;

  const go = (lesson: LessonPlace | undefined) =>
    store.dispatch({ type: 'view', patch: { lesson } });

  function turn(by: number): void {
    const { lesson } = store.get().view;
    if (!lesson || lesson.id === 'all') return;
    const screen = lesson.screen + by;
    const last = LESSONS[lesson.id].screens.length - 1;
    if (screen > last) go({ id: 'all', screen: 0 });
    else if (screen >= 0) go({ id: lesson.id, screen });
  }

  function setPresenting(on: boolean): void {
    document.body.classList.toggle('presenting', on);
    present.setAttribute('aria-pressed', String(on));
  }

  function draw(lesson: LessonPlace | undefined): void {
    const isNew = lesson?.id !== shown?.id || lesson?.screen !== shown?.screen;
    shown = lesson;
    place.hidden = !lesson;
    if (!lesson) {
      // The page below has all of its room again.
      delete place.dataset.needs;
      setPresenting(false);
      return;
    }
    verdict.hidden = true;
    setText(live, '');
    body.replaceChildren();
    place.dataset.needs = lesson.id === 'all' ? 'nothing' : LESSONS[lesson.id].needs;
    back.hidden = next.hidden = all.hidden = lesson.id === 'all';
    if (lesson.id === 'all') drawAll();
    else drawScreen(lesson.id, lesson.screen, isNew);
    title.focus({ preventScroll: true });
    follow();
  }

  function drawAll(): void {
    setText(kicker, 'Lessons');
    setText(title, 'Five ideas, five minutes each');
    setText(text, 'On the live page, on fixed worlds: they come out the same for everybody.');
    dots.replaceChildren();
    body.append(
      el(
        'div',
        { class: 'lessons' },
        ...LESSON_IDS.map((id, i) =>
          el(
            'button',
            {
              type: 'button',
              class: 'lesson',
              'data-lesson': id,
              'data-done': done.has(id),
              on: { click: () => go({ id, screen: 0 }) },
            },
            el('b', { class: 'lesson-title', text: LESSONS[id].title }),
            el('span', { class: 'lesson-about', text: LESSONS[id].about }),
            el('small', {
              class: 'lesson-state',
              text: done.has(id) ? '✓ Done' : `Lesson ${i + 1}`,
            }),
          ),
        ),
      ),
    );
  }

  function drawScreen(id: LessonId, number: number, isNew: boolean): void {
    const { title: name, screens } = LESSONS[id];
    const at = Math.min(number, screens.length - 1);
    const screen = itemAt(screens, at);
    const isTask = at === screens.length - 1;
    setText(kicker, `${name} · ${isTask ? 'task' : `${at + 1} of ${screens.length}`}`);
    setText(title, screen.title);
    setText(text, screen.text);
    setText(next, isTask ? 'Finish' : 'Next');
    back.disabled = at === 0;
    dots.replaceChildren(...screens.map((_, i) => el('li', { 'data-here': i === at })));
    if (id === 'thinking') {
      sudokus ??= createSudokus(send, follow);
      body.append(sudokus.element);
      const { load } = sudokus;
      attempt(load);
    }
    if (isNew) screen.show?.(tools);
  }

  /** What can be read off the page changes all the time; a task that is done stays done. */
  function follow(): void {
    const { id, screen: number } = shown ?? {};
    if (id === undefined || id === 'all' || number === undefined) return;
    const { screens } = LESSONS[id];
    const at = Math.min(number, screens.length - 1);
    const screen = itemAt(screens, at);
    const state = store.get();
    setText(live, screen.live?.(state) ?? '');
    if (at < screens.length - 1 || !verdict.hidden) return;
    const isDone = id === 'thinking' ? sudokus?.isLeast() : screen.isDone?.(state);
    if (!isDone) return;
    verdict.hidden = false;
    setText(verdict, `✓ Done. ${screen.praise?.(state) ?? ''}`);
    done.add(id);
    remember(DONE_KEY, [...done].join(','));
  }

  store.watch((state) => state.view.lesson, draw);
  store.watch(
    (state) => state.view.lesson && state,
    (state) => state && follow(),
  );
  document.addEventListener('keydown', (event) => {
    if (!shown || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // A person who plays picks up and puts down with these keys.
    if (store.get().episode?.origin.kind === 'person') return;
    if ((event.target as HTMLElement).closest('input, select, textarea, dialog')) return;
    if (event.key === 'PageDown') turn(1);
    else if (event.key === 'PageUp') turn(-1);
    else return;
    event.preventDefault();
  });
}
