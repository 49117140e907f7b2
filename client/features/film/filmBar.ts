import { button } from '../../ui/button.ts';
import { el, setText } from '../../ui/dom.ts';
import { saveFile } from '../../ui/saveFile.ts';
import {
  FILM_FORMATS,
  type FilmFormat,
  type FilmJob,
  type FilmSubject,
  makeFilm,
  writableFormats,
} from './filmJob.ts';

export interface FilmBarInput {
  /** What is to be filmed, and the file's name without ending; undefined where there is nothing yet. */
  subject: () => { shown: FilmSubject; name: string } | undefined;
  tip: string;
  attempt: (action: () => Promise<unknown>) => void;
}

/** Makes a film: format, progress, cancel, and the file at the end. */
export function createFilmBar({ subject, tip, attempt }: FilmBarInput): { element: HTMLElement } {
  let job: FilmJob | undefined;
  const format = el('select', { class: 'boxed', 'aria-label': 'Format of the film' });
  format.append(el('option', { value: 'gif', text: FILM_FORMATS.gif.label }));
  const make = button({ text: 'Make a film', tip }, start);
  const cancel = button({ text: 'Cancel', look: 'quiet' }, () => job?.cancel());
  const bar = el('progress', { max: 1, 'aria-label': 'Frames drawn' });
  const said = el('span', { class: 'film-words', role: 'status' });
  const working = el('span', { class: 'film-working', hidden: true }, bar, cancel);
  const element = el('span', { class: 'film-bar' }, said, working, format, make);
  attempt(async () => {
    for (const id of (await writableFormats()).filter((one) => one !== 'gif'))
      format.append(el('option', { value: id, text: FILM_FORMATS[id].label }));
  });

  function start(): void {
    const asked = subject();
    if (!asked || job) return;
    // Cast: its options are formats.
    const chosen = format.value as FilmFormat;
    setText(said, '');
    bar.removeAttribute('value');
    const own = makeFilm({ ...asked.shown, format: chosen }, (done, all) => {
      bar.value = done / all;
    });
    job = own;
    show();
    attempt(async () => {
      try {
        const film = await own.done;
        if (!film) return;
        saveFile(film, `${asked.name}.${chosen}`);
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
