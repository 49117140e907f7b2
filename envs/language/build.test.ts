import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { createEnv, listLevels } from '../index.ts';
import {
  formatLayout,
  fromInstr,
  ImpossibleMissionError,
  LayoutError,
  layoutLevel,
  layoutOf,
  missionLevel,
  parseLayout,
  parseMission,
  requireSolvable,
  resolveLevel,
  solvability,
} from './index.ts';

const golden = gunzipSync(readFileSync(new URL('../golden/bot.jsonl.gz', import.meta.url)));
const sentences = [
  ...new Set(
    golden
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).mission as string),
  ),
];

test('a level is built for recorded sentences: the same words, and solvable', () => {
  expect(sentences.length).toBeGreaterThan(300);
  for (const sentence of sentences.filter((_, index) => index % 2 === 0)) {
    const level = missionLevel(parseMission(sentence));
    for (const seed of [0, 1]) expect(createEnv(level, { seed }).mission).toBe(sentence);
    const { success, meanLength, reasons } = solvability(level, { episodes: 2 });
    expect({ sentence, success, reasons }).toEqual({ sentence, success: 1, reasons: [] });
    expect(meanLength).toBeGreaterThan(0);
  }
});

test('a level for a sentence is drawn anew by each seed, and the same by the same seed', () => {
  const level = resolveLevel('mission: put the red ball next to the blue door?distractors=3');
  const bytes = (seed: number) =>
    Buffer.from(createEnv(level, { seed }).gridBytes()).toString('hex');
  expect(bytes(1)).not.toBe(bytes(2));
  const again = resolveLevel(level.id);
  expect(again.id).toBe(level.id);
  expect(Buffer.from(createEnv(again, { seed: 1 }).gridBytes()).toString('hex')).toBe(bytes(1));
});

test.each([
  ['pick up the grey object', 'pick up a grey object'],
  ['go to the object on your left', 'go to a object on your left'],
  ['put the red ball next to the grey object', 'put the red ball next to a grey object'],
  [
    'go to the grey key, then go to the grey object',
    'go to the grey key, then go to a grey object',
  ],
  ['go to the red object', 'go to the red object'],
])('%j is called what its worlds say: walls are grey objects, too', (written, said) => {
  const level = missionLevel(parseMission(written));
  expect(level.title).toBe(said);
  for (let seed = 0; seed < 10; seed++) expect(createEnv(level, { seed }).state.mission).toBe(said);
});

test('locked doors come with keys that can be reached', () => {
  const level = resolveLevel('mission:open the red door, then open the blue door?locked=true');
  expect(requireSolvable(level, { episodes: 10 })).toMatchObject({ success: 1, reasons: [] });
});

test.each([
  ['put the ball next to a ball', /"the ball" would also be "a ball"/],
  ['put a red key next to a key', /put next to itself/],
  ['go to the red ball and pick up a red ball', /just one thing fits, "a red ball" that several/],
])('%s is refused with the reason', (mission, reason) => {
  const ask = () => requireSolvable(resolveLevel(`mission:${mission}`));
  expect(ask).toThrow(ImpossibleMissionError);
  expect(ask).toThrow(reason);
});

test.each([
  ['mission:open the door?cols=1', /rooms is 1x1/],
  ['mission:go to the key?roomSize=99', /roomSize is 99; accepted: a whole number from 4 to 16/],
  ['mission:go to a key?roomSize=4&distractors=3', /distractors is 3; .* from 0 to 0/],
  ['mission:go to a key and go to a ball?roomSize=4', /needs 4 things; 1x1 rooms of size 4 .* 2/],
  ['mission:go to the key?rooms=2', /"rooms=2"; accepted: roomSize=N/],
  ['mission:go to the kay', /"kay" does not fit/],
  ['layout:mission: go to a key', /no rows of cells/],
  ['BabyAI-GoToLocall-v0', /BabyAI-GoToLocal-v0/],
])('%s is refused with what is accepted', (text, message) => {
  expect(() => resolveLevel(text)).toThrow(message);
});

const LAYOUT = `mission: pick up the red ball
max steps: 40
box at 2,1: yellow key

## ## ## ## ## ##
## A> bx yl rb ##
## .. .. ## ## ##
## ## ## ## ## ##
`;

test('a layout is laid out, solved, and spelled again', () => {
  const level = layoutLevel(parseLayout(LAYOUT));
  expect(formatLayout(parseLayout(LAYOUT))).toBe(LAYOUT);
  const env = createEnv(level, { seed: 9 });
  expect(env.mission).toBe('pick up the red ball');
  expect(env.state).toMatchObject({ agentX: 1, agentY: 1, agentDir: 0, maxSteps: 40, width: 6 });
  // Opens the box, takes the key, opens the door, lays the key down, fetches the ball.
  expect(requireSolvable(level)).toEqual({
    success: 1,
    episodes: 1,
    meanLength: 11,
    longest: 11,
    reasons: [],
  });
  expect(resolveLevel(level.id)).toMatchObject({ id: level.id, width: 6, height: 4 });
});

test('any level can be turned into a layout and back', () => {
  for (const { id } of listLevels()) {
    const env = createEnv(id, { seed: 5 });
    if (env.state.carrying >= 0) continue;
    const text = formatLayout(layoutOf(env.state, fromInstr(env.state.instruction)));
    const copy = createEnv(layoutLevel(parseLayout(text)), { seed: 0 });
    expect(copy.mission).toBe(env.mission);
    expect(copy.observe()).toEqual(env.observe());
    expect(copy.stateHash()).toBe(env.stateHash());
    expect(copy.state.maxSteps).toBe(env.state.maxSteps);
  }
});

test.each([
  ['a wall in the way', ['yl', '##'], 'no way to "red ball": all within reach is explored'],
  ['no key', ['box at 2,1: yellow key', ''], 'nothing that fits "yellow key" lies anywhere'],
  ['no such thing', ['rb', 'gb'], 'nothing fits "red ball"'],
])('%s is a reason to refuse a layout, unless it is wanted', (_, [found, put], reason) => {
  const level = layoutLevel(parseLayout(LAYOUT.replace(found, put)));
  expect(() => requireSolvable(level)).toThrow(`cannot be done: ${reason}`);
  const allowed = requireSolvable(level, { allowImpossible: true });
  expect(allowed).toMatchObject({ success: 0, reasons: [reason] });
});

test.each<[[string, string], number, RegExp]>([
  [['A>', 'zz'], 6, /cell 1,1 is "zz"; accepted: ## \(wall\)/],
  [['A>', '..'], 5, /there is no agent/],
  [['yl rb', 'yl A^'], 6, /a second agent stands at 4,1/],
  [['## ## ##\n## ##', '## ##\n## ##'], 7, /./],
  [['rb ##', 'rb ..'], 6, /cell 5,1 is ".."; accepted on the border: ##/],
  [['2,1', '3,1'], 3, /no box at 3,1/],
  [['yellow key', 'yellow door'], 3, /holds "yellow door"; accepted/],
  [['40', 'many'], 2, /max steps is "many"/],
  [['max steps', 'steps'], 2, /"steps: 40" is unknown/],
  [['max steps: 40', 'rooms: 2x1'], 5, /cannot be 2x1 rooms/],
  [['mission: pick up the red ball', ''], 1, /there is no mission/],
])('a layout with %j is refused at line %i', ([found, put], line, message) => {
  let error: unknown;
  try {
    parseLayout(LAYOUT.replace(found, put));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(LayoutError);
  expect((error as LayoutError).message).toMatch(message);
  expect((error as LayoutError).line).toBe(line);
});

test('what is done already cannot be laid out as a task', () => {
  const level = layoutLevel(
    parseLayout(
      'mission: put the red ball next to the box\n## ## ## ##\n## A> .. ##\n## rb bx ##\n## ## ## ##',
    ),
  );
  expect(solvability(level)).toMatchObject({ success: 0 });
  expect(() => requireSolvable(level)).toThrow('is there already');
});
