import type { Story } from '../../../shared/story/types.ts';
import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';
import { saveFile } from '../../ui/saveFile.ts';
import {
  FILM_FORMATS,
  type FilmFormat,
  type FilmJob,
  makeFilm,
  writableFormats,
} from './filmJob.ts';

/** Makes a film of the story: format, progress, cancel, and the file at the end. */
export function createFilmBar(
  storyNow: () => Story | undefined,
  attempt: (action: () => Promise<unknown>) => void,
): { element: HTMLElement } {
  let job: FilmJob | undefined;
  const format = el('select', { 'aria-label': 'Format of the film' });
  format.append(el('option', { value: 'gif', text: FILM_FORMATS.gif.label }));
  const make = button(
    { text: 'Make a film', tip: 'One file with all chapters, to show or to send' },
    start,
  );
  const cancel = button({ text: 'Cancel', look: 'quiet' }, () => job?.cancel());
  const bar = el('progress', { max: 1, 'aria-label': 'Frames drawn' });
  const said = el('span', { class: 'tale-film-words', role: 'status' });
  const working = el('span', { class: 'tale-film-working', hidden: true }, bar, cancel);
  const element = el('span', { class: 'tale-film' }, said, working, format, make);
  attempt(async () => {
    for (const id of (await writableFormats()).filter((one) => one !== 'gif'))
      format.append(el('option', { value: id, text: FILM_FORMATS[id].label }));
  });

  function start(): void {
    const story = storyNow();
    if (!story || job) return;
    // Cast: its options are formats.
    const chosen = format.value as FilmFormat;
    setText(said, '');
    bar.removeAttribute('value');
    const own = makeFilm({ story, format: chosen }, (done, all) => {
      bar.value = done / all;
    });
    job = own;
    show();
    attempt(async () => {
      try {
        const film = await own.done;
        if (!film) return;
        saveFile(film, `${fileName(story)}.${chosen}`);
        setText(said, `Saved, ${(film.size / 1e6).toFixed(1)} MB`);
      } finally {
        job = undefined;
        show();
      }
    });
  }

  function show(): void {
    working.hidden = job === undefined;
    make.hidden = format.hidden = job !== undefined;
  }
  return { element };
}

function fileName({ run }: Story): string {
  return `${run.name.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 60) || run.id}-story`;
}
