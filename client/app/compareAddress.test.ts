import { expect, test } from '@jest/globals';
import type { Comparison, SideChoice } from '../store/state.ts';
import { formatPlace, parsePlace } from './address.ts';

const side: SideChoice = {
  policy: 'run-a.start',
  ablation: 'none',
  planner: undefined,
  doer: undefined,
  depth: undefined,
  greedy: false,
};
const comparison: Comparison = {
  ...{ levelId: 'BabyAI-GoToLocal-v0', seed: 7, worlds: 12 },
  sides: [
    side,
    {
      ...side,
      ablation: 'frozenPlanner',
      depth: 4,
      greedy: true,
      doer: 'exact',
      planner: 'expert',
    },
  ],
};

test('a comparison is read back from its link, with levels made by hand', () => {
  for (const levelId of ['BabyAI-GoToLocal-v0', 'mission:go to a ~ box, then open a door']) {
    const place = { verb: 'compare', comparison: { ...comparison, levelId } } as const;
    expect(parsePlace(formatPlace(place))).toMatchObject({ place, problems: [] });
  }
});

test('a link that names a comparison leads to its place, unless it names another', () => {
  const { compare } = Object.fromEntries(new URLSearchParams(formatPlace({ comparison })));
  expect(parsePlace(`?compare=${compare}`).place.verb).toBe('compare');
  expect(parsePlace(`?compare=${compare}&do=watch`).place.verb).toBe('watch');
});

test('three or four sides are read back, too', () => {
  for (const more of [1, 2]) {
    const sides = [...comparison.sides, ...comparison.sides.slice(0, more)];
    const place = { verb: 'compare', comparison: { ...comparison, sides } } as const;
    expect(parsePlace(formatPlace(place))).toMatchObject({ place, problems: [] });
  }
});

test.each([
  '',
  'x',
  'x~1~0~a~b',
  'x~1~999~a~b',
  'x~1~2~a~b,smell',
  'x~-1~2~a~b',
  'x~1~2~a~',
  'x~1~2~a',
  'x~1~2~a~b~c~d~e',
])('“%s” is refused by name', (given) => {
  const { place, problems } = parsePlace(`?compare=${given}&seed=1`);
  expect(place.comparison).toBeUndefined();
  if (given) expect(problems).toEqual([expect.stringContaining('The link’s compare is')]);
});

test('a lesson and its screen have an address', () => {
  for (const lesson of [
    { id: 'all', screen: 0 },
    { id: 'tell', screen: 2 },
  ] as const)
    expect(parsePlace(formatPlace({ lesson })).place.lesson).toEqual(lesson);
  expect(formatPlace({ lesson: { id: 'tell', screen: 2 } })).toBe('?lesson=tell.3');
  const { place, problems } = parsePlace('?lesson=maths');
  expect(place.lesson).toBeUndefined();
  expect(problems).toEqual([expect.stringContaining('accepted: all, planner, tell')]);
});
