import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds, isThorough } from '../../shared/properties.testing.ts';
import { createEnv, type EnvState, type Instr, listLevels } from '../index.ts';
import {
  completions,
  fromInstr,
  MissionError,
  missionText,
  parseMission,
  toInstr,
} from './index.ts';

interface GoldenInstr {
  op: string;
  [part: string]: unknown;
}
interface GoldenRow {
  id: string;
  seed: number;
  mission: string;
  instr?: GoldenInstr;
}
const golden = new URL('../golden/', import.meta.url);
const files = [
  'bot.jsonl.gz',
  'verifier.jsonl.gz',
  ...readdirSync(new URL('episodes/', golden)).map((name) => `episodes/${name}`),
];
const rows: GoldenRow[] = files.flatMap((file) =>
  gunzipSync(readFileSync(new URL(file, golden)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line)),
);
const sentences = [...new Set(rows.map((row) => row.mission))];

test('every recorded sentence is read and spelled again', () => {
  expect(sentences.length).toBeGreaterThan(500);
  for (const sentence of sentences) expect(missionText(parseMission(sentence))).toBe(sentence);
});

/** What a tree says, without objects and without strictness, which no sentence tells. */
function meaning(instr: Instr | GoldenInstr): unknown {
  const node = instr as unknown as Record<string, never>;
  if ('a' in node) return { op: node.op, a: meaning(node.a), b: meaning(node.b) };
  const said = ({ type, color, loc }: Record<string, unknown>) => ({ type, color, loc });
  return 'move' in node
    ? { op: node.op, move: said(node.move), fixed: said(node.fixed) }
    : { op: node.op, desc: said(node.desc) };
}

test('sentences become the recorded instruction trees', () => {
  const withTree = rows.filter((row) => row.instr !== undefined);
  expect(withTree.length).toBeGreaterThan(1000);
  for (const row of withTree)
    expect(meaning(toInstr(parseMission(row.mission)))).toEqual(meaning(row.instr!));
});

test('the sentence of any level, read and turned into a tree, is the level’s own', () => {
  // Some seeds of this one have no level at all.
  const ids = listLevels().flatMap(({ id }) => (id === 'BabyAI-SynthS5R2-v0' ? [] : [id]));
  holds(
    fc.property(fc.constantFrom(...ids), fc.nat({ max: 2000 }), (id, seed) => {
      const { instruction, mission } = createEnv(id, { seed: seed * 3 }).state;
      expect(meaning(toInstr(parseMission(mission)))).toEqual(meaning(instruction));
      expect(missionText(fromInstr(instruction))).toBe(mission);
    }),
    // "pick up a grey object": the walls are counted among the grey things.
    { runs: 150, pinned: [['BabyAI-PickupDist-v0', 795]] },
  );
});

test('every level spells the first seeds as its tree says, 2,000 of them where there is time', () => {
  const wrong: string[] = [];
  for (const { id } of listLevels())
    for (let seed = 0; seed < (isThorough ? 2000 : 5); seed++) {
      let state: EnvState;
      try {
        state = createEnv(id, { seed }).state;
      } catch (error) {
        if (id !== 'BabyAI-SynthS5R2-v0') throw error;
        continue;
      }
      const { instruction, mission } = state;
      const spelled = missionText(fromInstr(instruction));
      const read = meaning(toInstr(parseMission(mission)));
      if (spelled !== mission || JSON.stringify(read) !== JSON.stringify(meaning(instruction)))
        wrong.push(`${id} ${seed}: ${mission}, ${spelled}`);
    }
  expect(wrong).toEqual([]);
});

test.each([
  ['GoTo  the RED   ball.', 'go to the red ball'],
  ['go to red ball', 'go to the red ball'],
  ['Pick up an object on your left', 'pick up a object on your left'],
  ['pickup the gray key', 'pick up the grey key'],
  ['open door then go to key', 'open the door, then go to the key'],
  ['open the door ,then go to a key', 'open the door, then go to a key'],
  ['put the box next to\n the door behind you!', 'put the box next to the door behind you'],
  [
    'go to a box and open a door after you pick up the ball and put a key next to the box',
    'go to a box and open a door after you pick up the ball and put a key next to the box',
  ],
])('%j is understood', (written, meant) => {
  expect(missionText(parseMission(written))).toBe(meant);
});

test.each<[string, string, string[]]>([
  ['', '', ['go to', 'pick up', 'open', 'put']],
  ['fetch the ball', 'fetch', ['go to', 'pick up', 'open', 'put']],
  ['go the ball', 'the', ['to']],
  ['go to the Rad ball', 'Rad', ['red', 'ball', 'object']],
  ['go to the red', '', ['key', 'ball', 'box', 'door', 'object']],
  ['open the blue ball', 'ball', ['door']],
  ['pick up the door', 'door', ['key', 'ball', 'box', 'object']],
  ['go to the ball on your head', 'head', ['left', 'right']],
  ['go to the ball in front of me', 'me', ['you']],
  ['put the ball near the box', 'near', ['next to']],
  ['go to the ball, go to the box', 'go', ['then']],
  ['go to the ball now', 'now', ['and', ', then', 'after you', '(end)']],
  ['go to a box and go to a key and go to a ball', 'and', [', then', 'after you', '(end)']],
  ['go to a box, then go to a key, then go to a ball', ',', ['(end)']],
])('%j: the word %j does not fit', (written, word, expected) => {
  let error: unknown;
  try {
    parseMission(written);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(MissionError);
  const found = error as MissionError;
  expect(found.word).toBe(word);
  expect(written.slice(found.start, found.end)).toBe(word);
  expect(found.expected).toEqual(expect.arrayContaining(expected));
  expect(found.message).toContain(word === '' ? 'accepted' : JSON.stringify(word));
});

test('nothing that is typed breaks the parser', () => {
  const words =
    'go to pick up open put the a red grey key ball door object on your left in front of you next and , then after xyz'.split(
      ' ',
    );
  const babble = fc
    .array(fc.constantFrom(...words), { maxLength: 25 })
    .map((list) => list.join(' '));
  holds(
    fc.property(fc.oneof(babble, fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
      completions(text);
      try {
        const spelled = missionText(parseMission(text));
        expect(missionText(parseMission(spelled))).toBe(spelled);
      } catch (error) {
        if (!(error instanceof MissionError)) throw error;
        expect(text.slice(error.start, error.end)).toBe(error.word);
        expect(error.expected.length).toBeGreaterThan(0);
      }
    }),
    { runs: 800 },
  );
  expect(() => parseMission('go to '.repeat(200))).toThrow('mission has 1200 characters');
  expect(completions('go to '.repeat(200))).toEqual([]);
});

test.each([
  ['', ['go to', 'pick up', 'open', 'put']],
  ['  ', ['  go to', '  pick up', '  open', '  put']],
  ['P', ['pick up', 'put']],
  ['go t', ['go to']],
  ['go to', ['go to the', 'go to a']],
  ['go to the gr', ['go to the green', 'go to the grey']],
  ['open the red ', ['open the red door']],
  ['go to a box on', ['go to a box on your left', 'go to a box on your right']],
  ['go to a box an', ['go to a box and']],
  ['go to a box,', ['go to a box, then']],
  ['go to a box and go to a key a', ['go to a box and go to a key after you']],
  ['go to a hox', []],
  ['xyz ', []],
])('%j can go on as %j', (typed, expected) => {
  expect(completions(typed).map((completion) => completion.full)).toEqual(expected);
});

test('taking any offer again and again stays within the language', () => {
  holds(
    fc.property(fc.infiniteStream(fc.nat({ max: 1000 })), (picks) => {
      let text = '';
      for (let n = 0; n < 40; n++) {
        const offers = completions(text);
        if (offers.length === 0) break;
        text = offers[picks.next().value % offers.length].full;
      }
      // Wherever it stops, the sentence is complete or lacks only its end.
      try {
        parseMission(text);
      } catch (error) {
        expect(error).toMatchObject({ word: '' });
      }
    }),
    { runs: 100 },
  );
});

test.each([
  ['get the red ball', 'say "pick up"'],
  ['find a door', 'say "go to"'],
  ['go to the crate', 'say "box"'],
])('“%s” is refused with the words to say instead', (sentence, words) => {
  expect(() => parseMission(sentence)).toThrow(words);
});

test('no words are offered that would not fit there', () => {
  expect(() => parseMission('go to the get')).toThrow(/does not fit \(character 11\); accepted/);
});
