/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { parseReplay } from '../../shared/replay.ts';
import { expertReplay } from '../replay/expert.testing.ts';
import { buttonIn, enter, find, textsOf } from '../ui/panel.testing.ts';
import { embed, embeddedReplay } from './embed.ts';
import { createViewer } from './viewer.ts';

const replay = expertReplay('BabyAI-GoToLocal-v0', 3);
const EMPTY = '<script type="application/json" id="replay"></script>';

function setUp() {
  const place = document.createElement('main');
  const viewer = createViewer(place, async (file) => {
    if (file.name === 'bad') throw new Error('bad is not JSON');
    return replay;
  });
  return { place, viewer };
}

test('an episode is played step by step, to its end', async () => {
  const { place, viewer } = setUp();
  expect(find(place, '.film').hidden).toBe(true);
  await viewer.open(new File([''], 'good'));
  expect(textsOf(place, 'h1')).toEqual([`“${replay.mission}”`]);
  expect(find(place, '.problem').hidden).toBe(true);
  buttonIn(place, 'Pause').click();
  const world = find<HTMLImageElement>(place, '.world');
  const first = world.src;
  enter(find<HTMLInputElement>(place, 'input[type="range"]'), 1, 'input');
  expect(world.src).not.toBe(first);
  enter(find<HTMLInputElement>(place, 'input[type="range"]'), replay.outcome.steps, 'input');
  expect(textsOf(place, 'output')).toEqual([`${replay.outcome.steps} of ${replay.outcome.steps}`]);
  expect(buttonIn(place, 'Play')).toBeDefined();
});

test('what cannot be read is said, and the page stays usable', async () => {
  const { place, viewer } = setUp();
  await viewer.open(new File([''], 'bad'));
  expect(textsOf(place, '.problem')).toEqual(['bad is not JSON']);
  await viewer.open(new File([''], 'good'));
  expect(find(place, '.problem').hidden).toBe(true);
  buttonIn(place, 'Pause').click();
});

test('a replay in the page is the one that was put there, whatever its words', () => {
  const odd = { ...replay, mission: 'go to </script><b>$& the ball' };
  const page = embed(`<body>${EMPTY}</body>`, odd);
  expect(page.match(/<\/script/g)).toHaveLength(1);
  const parsed = new DOMParser().parseFromString(page, 'text/html');
  expect(parseReplay(JSON.parse(embeddedReplay(parsed) ?? ''))).toEqual(odd);
  const empty = new DOMParser().parseFromString(`<body>${EMPTY}</body>`, 'text/html');
  expect(embeddedReplay(empty)).toBeUndefined();
  expect(() => embed('<body></body>', replay)).toThrow('build the page anew');
});
