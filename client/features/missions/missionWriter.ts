import { el } from '../../ui/dom.ts';
import { createCheckBox } from './missionCheck.ts';
import type { MissionCommands } from './missionCommands.ts';
import { createMissionInput } from './missionInput.ts';

/** What can be asked for, with sentences to start from. */
const LANGUAGE: readonly { kind: string; help: string; examples: readonly string[] }[] = [
  {
    kind: 'Go to',
    help: 'Stand before it, looking at it.',
    examples: ['go to the red ball', 'go to a box on your left'],
  },
  {
    kind: 'Pick up',
    help: 'Hold it. Doors stay where they are.',
    examples: ['pick up the yellow key', 'pick up the ball behind you'],
  },
  {
    kind: 'Open',
    help: 'Doors only; a locked one takes the key of its colour.',
    examples: ['open the yellow door', 'open a door on your right'],
  },
  {
    kind: 'Put next to',
    help: 'Carry one thing and drop it beside another.',
    examples: ['put the blue ball next to a green box', 'put a key next to the red door'],
  },
  {
    kind: 'One after the other',
    help: '“, then” and “after you” say the order; with “and” any order will do.',
    examples: [
      'pick up a key, then go to the purple box',
      'go to the red ball after you open a blue door',
      'open the grey door and pick up the green box',
    ],
  },
];
const WORDS =
  'Say “the” where there is only one such thing and “a” where any will do; name a colour or leave it out; then key, ball, box or door. “In front of you”, “behind you”, “on your left” and “on your right” mean the agent’s place at the start.';

interface RoomOption {
  name: string;
  label: string;
  min: number;
  max: number;
  help: string;
}

/** What a world for a sentence may be made like; left empty, it follows from the sentence. */
const OPTIONS: readonly RoomOption[] = [
  {
    name: 'roomSize',
    label: 'Room size',
    min: 4,
    max: 16,
    help: 'Width and height of a room in cells, walls included.',
  },
  { name: 'cols', label: 'Rooms across', min: 1, max: 5, help: 'Rooms side by side.' },
  { name: 'rows', label: 'Rooms down', min: 1, max: 5, help: 'Rooms above each other.' },
  {
    name: 'distractors',
    label: 'Other things',
    min: 0,
    max: 30,
    help: 'Things that lie about and have nothing to do with the mission.',
  },
  {
    name: 'maxSteps',
    label: 'Step limit',
    min: 1,
    max: 8192,
    help: 'After so many steps an episode ends without success.',
  },
];

/** Write a mission; each episode draws another world in which it can be done. */
export function createMissionWriter(commands: MissionCommands, close: () => void): HTMLElement {
  const check = createCheckBox(commands, close, ({ start, end }, instead) => {
    const text = sentence.value();
    sentence.set(`${text.slice(0, start)}${instead}${text.slice(end)}`);
  });
  const sentence = createMissionInput('Mission', commands.completeMission, changed);
  const numbers = OPTIONS.map((option) => {
    const input = el('input', {
      type: 'number',
      class: 'number',
      min: option.min,
      max: option.max,
      placeholder: 'auto',
      on: { input: changed },
    });
    return { ...option, input };
  });
  const locked = el('input', { type: 'checkbox', on: { change: changed } });

  function changed() {
    const text = sentence.value();
    const query = numbers
      .filter(({ input }) => input.value !== '')
      .map(({ name, input }) => `${name}=${input.value}`);
    if (locked.checked) query.push('locked=true');
    const asked = query.length ? `${text}?${query.join('&')}` : text;
    check.changed(text === '' ? undefined : { sentence: asked });
  }

  const form = el(
    'div',
    { class: 'writer-form' },
    sentence.element,
    el(
      'div',
      { class: 'room-options' },
      ...numbers.map(({ label, help, min, max, input }) =>
        el('label', { tip: `${help} From ${min} to ${max}.` }, label, input),
      ),
      el(
        'label',
        { class: 'check', tip: 'The named doors are locked; their keys lie in the agent’s room.' },
        locked,
        'Locked doors',
      ),
    ),
    check.element,
  );
  return el('div', { class: 'writer' }, form, phraseBook(sentence.set));
}

/** What can be said, by kind; pressing a sentence writes it. */
function phraseBook(write: (sentence: string) => void): HTMLElement {
  const chip = (text: string) =>
    el('button', { class: 'chip', type: 'button', text, on: { click: () => write(text) } });
  return el(
    'section',
    { class: 'phrases', 'aria-label': 'What can be said' },
    ...LANGUAGE.flatMap(({ kind, help, examples }) => [
      el('h3', { text: kind }),
      el('p', { text: help }),
      el('p', { class: 'chips' }, ...examples.map(chip)),
    ]),
    el('p', { text: WORDS }),
  );
}
