import { el } from '../theme/dom.ts';
import { createCheckBox } from './missionCheck.ts';
import type { MissionCommands } from './missionCommands.ts';
import { createMissionInput } from './missionInput.ts';

const EXAMPLES = [
  'go to the red ball',
  'pick up a key, then go to the purple box',
  'open the yellow door',
  'put the blue ball next to a green box',
];

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
  const check = createCheckBox(commands, close);
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

  return el(
    'div',
    { class: 'writer' },
    sentence.element,
    el(
      'p',
      { class: 'chips' },
      ...EXAMPLES.map((example) =>
        el('button', {
          class: 'chip',
          type: 'button',
          text: example,
          on: { click: () => sentence.set(example) },
        }),
      ),
    ),
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
    el('p', {
      class: 'empty',
      text: 'The language: go to, pick up, open, put … next to …; “the” or “a”; a colour; key, ball, box or door; “on your left” and the like; joined by “and”, “, then”, “after you”.',
    }),
  );
}
