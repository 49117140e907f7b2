import { sayInstead } from '../../../envs/language/sayInstead.ts';
import { explain } from '../../../shared/glossary.ts';
import type { ErrorReason, MissionCheck } from '../../../shared/protocol.ts';
import { formatShare } from '../../theme/format.ts';
import { type ButtonOptions, button } from '../../ui/button.ts';
import { el } from '../../ui/dom.ts';
import { thumbnail } from './levelCard.ts';
import type { Draft, MissionCommands } from './missionCommands.ts';
import { isBegun, type Refusal, shortRefusal } from './refusal.ts';

/** Wait after the last change before asking the server, which lets the expert play up to 20 worlds. */
const DEBOUNCE_MS = 600;

export interface CheckBox {
  readonly element: HTMLElement;
  /** The draft has changed: it is checked in a moment. Undefined while there is nothing to check. */
  changed(draft: Draft | undefined): void;
}

/**
 * Says whether a mission made by hand can be done, before it starts: what the expert made of it, a
 * picture, and then the ways to go on. `close` is called when one is taken; `say` when a word is to be said otherwise.
 */
export function createCheckBox(
  commands: MissionCommands,
  close: () => void,
  say?: (word: { start: number; end: number }, instead: string) => void,
): CheckBox {
  const verdict = el('div', { class: 'verdict', role: 'status' });
  const impossible = el('input', { type: 'checkbox' });
  const anyway = el(
    'label',
    {
      class: 'anyway',
      hidden: true,
      tip: 'The expert’s failure is strong evidence that a mission is impossible, not proof.',
    },
    impossible,
    'Allow it although the expert fails',
  );
  const train = action('Fine-tune on it', 'primary', ({ levelId }) =>
    commands.trainOn(levelId, impossible.checked || undefined),
  );
  const play = action('Play it yourself', undefined, ({ levelId }) => commands.playLevel(levelId));
  const element = el(
    'div',
    { class: 'mission-check' },
    verdict,
    anyway,
    el('div', { class: 'row-of-buttons' }, train, play),
  );
  let checked: MissionCheck | undefined;
  let draft: Draft | undefined;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  settle(undefined);
  impossible.addEventListener('change', () => start(0));

  function action(
    text: string,
    look: ButtonOptions['look'],
    act: (check: MissionCheck) => void,
  ): HTMLButtonElement {
    return button({ text, look, disabled: true }, () => {
      if (!checked) return;
      act(checked);
      close();
    });
  }

  /** Offers the language's own words for one that it does not have. */
  const sayButton = ({ word }: Refusal, instead: string) =>
    say && word
      ? el(
          'p',
          {},
          'Here one says ',
          button({ text: instead, class: 'instead' }, () => say(word, instead)),
        )
      : el('p', { text: `Here one says “${instead}”.` });

  function settle(check: MissionCheck | undefined) {
    checked = check;
    train.disabled = !check;
    play.disabled = !check;
  }

  function start(delay: number) {
    clearTimeout(timer);
    asked++;
    settle(undefined);
    if (!draft) {
      verdict.replaceChildren();
      anyway.hidden = true;
      return;
    }
    verdict.dataset.tone = '';
    timer = setTimeout(ask, delay);
  }

  async function ask() {
    if (!draft) return;
    const turn = ++asked;
    verdict.replaceChildren(el('p', { class: 'empty', text: 'The scripted expert tries it…' }));
    try {
      const check = await commands.checkMission(draft, impossible.checked);
      if (turn !== asked) return;
      verdict.dataset.tone = check.ok ? 'good' : 'bad';
      verdict.replaceChildren(thumbnail(check.levelId), el('div', {}, ...wordsOf(check)));
      anyway.hidden = check.ok;
      settle(check);
    } catch (error) {
      if (turn !== asked) return;
      const refusal = error as Error & Refusal & { reason?: ErrorReason };
      const { message, expected = [], reason } = refusal;
      const sent = 'sentence' in draft ? draft.sentence : draft.layout;
      const isUnfinished = isBegun(sent, refusal);
      const instead = refusal.word && sayInstead(refusal.word.text, expected);
      verdict.dataset.tone = isUnfinished ? '' : 'bad';
      verdict.replaceChildren(
        el(
          'div',
          {},
          el('p', { text: isUnfinished ? 'Go on writing.' : shortRefusal(message, refusal) }),
          instead !== undefined && sayButton(refusal, instead),
          expected.length > 0 &&
            el('p', { class: 'empty', text: `Could stand here: ${expected.join(', ')}.` }),
        ),
      );
      anyway.hidden = reason !== 'impossible';
    }
  }

  return {
    element,
    changed(next) {
      // The same draft again, for example when a click on a button here takes the focus: the verdict stays.
      if (JSON.stringify(next) === JSON.stringify(draft)) return;
      draft = next;
      start(DEBOUNCE_MS);
    },
  };
}

function wordsOf(check: MissionCheck): HTMLElement[] {
  const { expectedLength, success, mission, maxSteps, width, height, reasons } = check;
  const facts = [
    expectedLength === null
      ? undefined
      : el('span', {
          text: `${Number(expectedLength.toFixed(1))} steps`,
          tip: explain('expectedLength'),
        }),
    el('span', { text: `solved in ${formatShare(success)}`, tip: explain('solved') }),
    el('span', { text: `limit ${maxSteps}`, tip: explain('maxSteps') }),
    el('span', { text: `${width} × ${height} cells`, tip: explain('size') }),
  ].filter((fact) => fact !== undefined);
  return [
    el(
      'p',
      {},
      el('b', { text: check.ok ? 'It can be done. ' : 'The expert never does it. ' }),
      `“${mission}”`,
    ),
    el(
      'p',
      { class: 'level-facts' },
      ...facts.flatMap((fact, at) => (at === 0 ? [fact] : [' · ', fact])),
    ),
    ...(reasons.length
      ? [el('p', { class: 'empty', text: `Where it failed: ${reasons.slice(0, 3).join('; ')}.` })]
      : []),
  ];
}
