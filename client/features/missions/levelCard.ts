import { explain } from '../../../shared/glossary.ts';
import type { LevelSummary } from '../../../shared/protocol.ts';
import { splitTitle } from '../../selectors/levels.ts';
import { el } from '../../ui/dom.ts';
import { levelPicture } from './board.ts';

/** A level's picture: the server's, which the browser keeps; drawn here where that cannot be had. */
export function thumbnail(levelId: string): HTMLImageElement {
  const image = el('img', {
    class: 'thumbnail',
    alt: '',
    loading: 'lazy',
    decoding: 'async',
    src: `api/levels/${encodeURIComponent(levelId)}/thumbnail.svg`,
  });
  image.addEventListener(
    'error',
    () => {
      try {
        image.src = levelPicture(levelId);
      } catch {
        image.hidden = true;
      }
    },
    { once: true },
  );
  return image;
}

/** "5 × 5 cells · limit 64 steps · expert 7 steps", each with what it means. */
export function levelFacts(level: LevelSummary): HTMLElement {
  const { difficulty, width, height, maxSteps } = level;
  return el(
    'span',
    { class: 'level-facts' },
    el('span', {
      text: difficulty === null ? 'not measured' : `expert ${Math.round(difficulty)} steps`,
      tip: explain('difficulty'),
    }),
    ` · `,
    el('span', { text: `${width} × ${height}`, tip: explain('size') }),
    ` · `,
    el('span', { text: `limit ${maxSteps}`, tip: explain('maxSteps') }),
  );
}

/** How hard a level is for the expert, as up to five marks: one more each time it takes twice as long, from 5 steps. */
export function difficultyMarks({ difficulty }: LevelSummary): HTMLElement {
  const level =
    difficulty === null ? 0 : Math.min(5, Math.max(1, Math.ceil(Math.log2(difficulty / 5)) + 1));
  const label = difficulty === null ? 'Difficulty not measured' : `Difficulty ${level} of 5`;
  return el(
    'span',
    { class: 'marks', role: 'img', 'aria-label': label, tip: `${label}. ${explain('difficulty')}` },
    ...Array.from({ length: 5 }, (_, i) => el('i', { class: i < level ? 'on' : '' })),
  );
}

/** A card of the browser: picture, name, example, facts; to train on, or to play. */
export function levelCard(
  level: LevelSummary,
  actions: { train(): void; play(): void },
): HTMLElement {
  const { name, variant } = splitTitle(level);
  return el(
    'article',
    { class: 'level-card', 'data-level': level.id },
    el(
      'button',
      {
        class: 'level-pick',
        type: 'button',
        tip: `${level.description} Click to fine-tune on it.`,
        on: { click: actions.train },
      },
      thumbnail(level.id),
      el('b', { text: name }),
      variant ? el('span', { class: 'variant', text: variant }) : undefined,
      el('span', { class: 'example', text: `“${level.example}”` }),
    ),
    el(
      'div',
      { class: 'level-foot' },
      difficultyMarks(level),
      levelFacts(level),
      el('button', {
        class: 'button quiet',
        type: 'button',
        text: 'You play',
        'aria-label': `You play: ${level.title}`,
        on: { click: actions.play },
      }),
    ),
  );
}
