import type { Replay } from '../../../shared/replay.ts';
import {
  type Chapter,
  doneOf,
  inSteps,
  resultOf,
  type Story,
} from '../../../shared/story/types.ts';
import type { SendCommand } from '../../net/connection.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';
import { createFilmBar } from '../film/filmBar.ts';
import { storyOf } from './facts.ts';
import { frameOf, lengthsOf, nextChapter, placeOf, type StoryPlace } from './scrub.ts';

export interface TaleOptions {
  store: Store;
  send: SendCommand;
  attempt(action: () => Promise<unknown>): void;
  /** Shows an episode on the stage, from a step on; held there, or played. */
  show(replay: Replay, step: number, held: boolean): void;
  seek(step: number, held: boolean): void;
  /** A small picture of an episode's end as an address. */
  picture(replay: Replay): string;
}

/**
 * The story of the watched run: the same worlds played by its checkpoints in turn, as chapters that play one after
 * another on the stage, with one slider over all of them.
 */
export function createTale(host: HTMLElement, options: TaleOptions): void {
  const { store, send, attempt } = options;
  let story: Story | undefined;
  /** Run and number of the telling that goes on; a newer one ends it. */
  let telling: { runId: string } | undefined;
  let world = 0;
  let chosen: number | undefined;
  let playsOn = false;

  const words = el('p', { class: 'tale-words', role: 'status' });
  const cards = el('div', { class: 'tale-cards', role: 'group', 'aria-label': 'Chapters' });
  const play = button({ icon: ICONS.play, text: 'Play the story', look: 'primary' }, () => {
    const at = chosen === undefined ? -1 : chosen;
    const isLast = nextChapter(lengths(), at) === undefined;
    const first = isLast || chosen === undefined ? nextChapter(lengths(), -1) : chosen;
    if (first !== undefined) show({ chapter: first, step: 0 }, true);
  });
  const worlds = el('div', { class: 'segments', role: 'group', 'aria-label': 'World' });
  const film = createFilmBar({
    subject: () => story && { shown: { story }, name: fileName(story) },
    tip: 'One file with all chapters, to show or to send',
    attempt,
  });
  const again = button(
    { text: 'Tell it again', look: 'quiet', tip: 'With the checkpoints that have come since' },
    () => tell(),
  );
  const stop = button({ text: 'Cancel', look: 'quiet' }, () => {
    telling = undefined;
    render();
  });
  const bar = el('progress', { max: 1, 'aria-label': 'Episodes played' });
  const waiting = el('div', { class: 'tale-waiting' }, bar, stop);
  const slider = el('input', {
    type: 'range',
    min: 0,
    step: 1,
    class: 'tale-slider',
    'aria-label': 'Place in the story',
  });
  const parts = el('div', { class: 'tale-parts', 'aria-hidden': 'true' });
  const track = el('div', { class: 'tale-track' }, parts, slider);
  const tools = el('div', { class: 'tale-tools' }, play, worlds, again, film.element);
  host.append(tools, waiting, cards, track, words);

  const lengths = () => lengthsOf(story?.chapters ?? [], world);
  const replayOf = (chapter: number | undefined) =>
    chapter === undefined ? undefined : story?.chapters[chapter]?.replays[world];

  slider.addEventListener('input', () => {
    const place = placeOf(lengths(), Number(slider.value));
    if (place) show(place, false);
  });

  function show({ chapter, step }: StoryPlace, on: boolean): void {
    const replay = replayOf(chapter);
    if (!replay) return;
    const isHere = store.get().episode?.replay === replay;
    chosen = chapter;
    playsOn = on;
    if (isHere) options.seek(step, !on);
    else options.show(replay, step, !on);
    mark();
  }

  function choose(chapter: number): void {
    if (replayOf(chapter)) show({ chapter, step: 0 }, true);
    else {
      chosen = chapter;
      playsOn = false;
      mark();
    }
  }

  function tell(): void {
    const { runId } = store.get();
    if (runId === undefined) return;
    const own = { runId };
    telling = own;
    const isWanted = () => telling === own;
    bar.removeAttribute('value');
    setText(words, 'Its checkpoints play the same worlds, one after another…');
    attempt(async () => {
      try {
        const told = await storyOf({
          ...{ send, runId, isWanted },
          onProgress(done, all) {
            bar.value = done / all;
            setText(words, `${done} of ${all} episodes played`);
          },
        });
        if (!told || !isWanted()) return;
        story = told;
        chosen = undefined;
        world = 0;
      } finally {
        if (isWanted()) telling = undefined;
        render();
      }
    });
    render();
  }

  function card(chapter: Chapter, number: number): HTMLElement {
    const replay = chapter.replays[world];
    const all = chapter.replays.length > 0 && doneOf(chapter.replays) === chapter.replays.length;
    return el(
      'button',
      {
        type: 'button',
        class: 'tale-card',
        'data-chapter': String(number),
        'data-gone': chapter.gone === undefined ? undefined : '',
        tip: chapter.gone ?? chapter.text,
        on: { click: () => choose(number) },
      },
      replay
        ? el('img', { alt: '', src: options.picture(replay) })
        : el('span', { class: 'tale-gone', 'aria-hidden': 'true', text: '?' }),
      el(
        'span',
        {},
        el('b', { text: chapter.title }),
        el('small', { text: inSteps(chapter.player?.envSteps ?? chapter.envSteps) }),
        el('small', {
          class: all ? 'good' : undefined,
          text: chapter.gone ? 'No longer kept' : resultOf(chapter).replace(' worlds', ''),
        }),
      ),
    );
  }

  function render(): void {
    const isTelling = telling !== undefined;
    waiting.hidden = !isTelling;
    again.hidden = play.hidden = track.hidden = cards.hidden = !story || isTelling;
    film.element.hidden = worlds.hidden = !story || isTelling;
    if (isTelling) return;
    if (!story) {
      setText(words, 'The story was not told.');
      again.hidden = false;
      return;
    }
    const { seeds, chapters } = story;
    worlds.replaceChildren(
      ...seeds.map((seed, i) =>
        el('button', {
          type: 'button',
          text: `World ${i + 1}`,
          'aria-pressed': String(i === world),
          tip: `Held-out seed ${seed}, never trained on`,
          on: {
            click: () => {
              world = i;
              render();
              if (chosen !== undefined) show({ chapter: chosen, step: 0 }, playsOn);
            },
          },
        }),
      ),
    );
    cards.replaceChildren(...chapters.map(card));
    parts.replaceChildren(
      ...lengths().flatMap((length, i) => {
        if (length === 0) return [];
        const part = el('span', {
          'data-done': replayOf(i)?.outcome.success ? '' : undefined,
          'data-part': String(i),
        });
        part.style.flexGrow = String(length);
        return [part];
      }),
    );
    slider.max = String(Math.max(0, lengths().reduce((sum, length) => sum + length, 0) - 1));
    mark();
  }

  /** The chapter that is shown, and the place in it. */
  function mark(): void {
    for (const one of host.querySelectorAll<HTMLElement>('[data-chapter]')) {
      const isHere = one.dataset.chapter === String(chosen);
      if (isHere) one.setAttribute('aria-current', 'true');
      else one.removeAttribute('aria-current');
      if (isHere) one.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
    }
    for (const part of parts.children)
      part.toggleAttribute('data-here', (part as HTMLElement).dataset.part === String(chosen));
    const chapter = chosen === undefined ? undefined : story?.chapters[chosen];
    if (chapter) setText(words, chapter.gone ? `${chapter.text} ${chapter.gone}` : chapter.text);
    else if (story)
      setText(
        words,
        `${story.takes.length - 1} kept checkpoints and the first weights played the same ${story.seeds.length} held-out worlds. Choose a chapter, or play them all.`,
      );
    place();
  }

  function place(): void {
    if (!story) return;
    const { episode, playback } = store.get();
    const isOurs = chosen !== undefined && episode?.replay === replayOf(chosen);
    const step = isOurs ? Math.floor(playback.cursor) : 0;
    const frame = frameOf(lengths(), { chapter: chosen ?? 0, step });
    slider.value = String(frame);
    const title = story.chapters[chosen ?? 0]?.title ?? '';
    slider.setAttribute('aria-valuetext', `${title}, step ${step}`);
  }

  store.watch((state) => `${state.episode?.replay.id} ${Math.floor(state.playback.cursor)}`, place);
  // An episode that was asked for is held at its end; then the next chapter comes.
  store.watch(
    ({ episode, playback }) =>
      playsOn &&
      chosen !== undefined &&
      playback.mode === 'paused' &&
      episode !== undefined &&
      episode.replay === replayOf(chosen) &&
      playback.cursor >= episode.replay.outcome.steps,
    (isOver) => {
      if (!isOver || chosen === undefined) return;
      const next = nextChapter(lengths(), chosen);
      if (next === undefined) playsOn = false;
      else show({ chapter: next, step: 0 }, true);
    },
  );
  store.watch(
    (state) => (state.view.course === 'story' ? state.runId : undefined),
    (runId) => {
      if (runId === undefined || telling?.runId === runId || story?.run.id === runId) return;
      story = undefined;
      tell();
    },
  );
}

function fileName({ run }: Story): string {
  return `${run.name.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 60) || run.id}-story`;
}
