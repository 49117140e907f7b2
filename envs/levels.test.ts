import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Action, EVAL_SEED_BASE, NUM_ACTIONS, ObjectType } from '../shared/constants.ts';
import { botStats } from './bot/index.ts';
import {
  type BabyAIEnv,
  createEnv,
  descriptionsOf,
  EMPTY_CELL,
  FAMILIES,
  getLevel,
  listLevels,
  packCell,
  SKILLS,
  thumbnail,
  WALL_CELL,
  WORLDS,
} from './index.ts';
import { nounsOf, parseMission } from './language/index.ts';

/** What every registered level must keep to. A new level is tested by being registered. */

const SEEDS = [0, 77, EVAL_SEED_BASE + 5];
const STEPS = 120;

/** What is wrong with the world; nothing, in a sound one. (One expectation a cell would be slow.) */
function problemsOf(env: BabyAIEnv): string[] {
  const { state } = env;
  const problems: string[] = [];
  let loose = 0;
  let notWall = 0;
  for (let y = 0; y < state.height; y++)
    for (let x = 0; x < state.width; x++) {
      const id = state.objectAt(x, y);
      const code = state.codeAt(x, y);
      if (code !== WALL_CELL) notWall++;
      if (id >= 0) {
        loose++;
        if (state.objectX[id] !== x || state.objectY[id] !== y)
          problems.push(`object ${id} does not know that it is at (${x}, ${y})`);
        if ((code & 15) !== state.objectType[id]) problems.push(`(${x}, ${y}) is drawn wrongly`);
      } else if (code !== EMPTY_CELL && code !== WALL_CELL)
        problems.push(`(${x}, ${y}) shows ${code}, but no object is there`);
      const onBorder = x === 0 || y === 0 || x === state.width - 1 || y === state.height - 1;
      if (onBorder && code !== WALL_CELL) problems.push(`no wall at the border (${x}, ${y})`);
    }
  // Outside the grid there are walls only.
  if (state.ids.reduce((count, id) => count + (id >= 0 ? 1 : 0), 0) !== loose)
    problems.push('an object lies outside the grid');
  if (state.codes.reduce((count, code) => count + (code !== WALL_CELL ? 1 : 0), 0) !== notWall)
    problems.push('something is drawn outside the grid');
  // One agent, on a cell that it can stand on, and not drawn into the grid.
  const under = state.codeAt(state.agentX, state.agentY);
  if (under !== EMPTY_CELL && (under & 15) !== ObjectType.door)
    problems.push('the agent stands in something');
  if (state.agentIndex !== state.index(state.agentX, state.agentY))
    problems.push('the agent is in two places');
  const bytes = env.gridBytes();
  for (let at = 0; at < bytes.length; at += 3)
    if (bytes[at] === ObjectType.agent) problems.push('the agent is drawn into the grid');
  return problems;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}

/** Pseudo-random actions that need no generator of their own. */
function actionAt(seed: number, t: number): number {
  return (Math.imul(seed + t * 31 + 7, 0x9e3779b1) >>> 16) % NUM_ACTIONS;
}

describe.each(listLevels().map(({ id }) => id))('%s', (id) => {
  test('is the same level for the same seed, and stays sound while it is played', () => {
    for (const seed of SEEDS) {
      const env = createEnv(id);
      const twin = createEnv(id);
      const first = env.reset(seed);
      expect(twin.reset(seed)).toEqual(first);
      expect(problemsOf(env)).toEqual([]);
      const odd: string[] = [];
      for (let t = 0; t < STEPS; t++) {
        const result = env.step(actionAt(seed, t));
        const again = twin.step(actionAt(seed, t));
        const { reward, terminated, truncated, success } = result;
        if (
          !sameBytes(result.observation.image, again.observation.image) ||
          reward !== again.reward
        )
          odd.push(`step ${t}: two runs of one seed part`);
        if (twin.stateHash() !== env.stateHash()) odd.push(`step ${t}: hashes differ`);
        if (!(reward >= 0 && reward <= 1)) odd.push(`step ${t}: reward ${reward}`);
        if (success !== (terminated && reward > 0)) odd.push(`step ${t}: success ${success}`);
        if (truncated !== env.state.stepCount >= env.state.maxSteps)
          odd.push(`step ${t}: truncated ${truncated}`);
        if (terminated || truncated) break;
      }
      expect(odd).toEqual([]);
      expect(problemsOf(env)).toEqual([]);
    }
  });

  test('says a mission about things that are there', () => {
    for (const seed of SEEDS) {
      const env = createEnv(id, { seed });
      const { instruction } = env.state;
      expect(env.mission).toMatch(/^(go to|open|pick up|put) (a|the) /);
      for (const desc of descriptionsOf(instruction)) {
        expect(desc.objects.length).toBeGreaterThan(0);
        expect(desc.positions.length).toBe(desc.objects.length);
      }
      // Walls are grey things without a name: Minigrid counts them where no type is said.
      expect(nounsOf(parseMission(env.mission)).map(({ article }) => article)).toEqual(
        descriptionsOf(instruction).map(({ type, color, objects }) =>
          objects.length > 1 || (type === null && (color === null || color === 'grey'))
            ? 'a'
            : 'the',
        ),
      );
    }
  });

  test('is cut off at exactly its limit, which is not a failure', () => {
    const env = createEnv(id, { seed: 0 });
    for (let t = 1; t < env.state.maxSteps; t++) {
      const { terminated, truncated } = env.step(Action.done);
      if (terminated || truncated) throw new Error(`ended at step ${t}`);
    }
    expect(env.step(Action.done)).toMatchObject({
      terminated: false,
      truncated: true,
      success: false,
      reward: 0,
    });
  });

  test("its grid's bytes decode to the cells that they encode", () => {
    const env = createEnv(id, { seed: 3 });
    const { state } = env;
    const bytes = env.gridBytes();
    let wrong = 0;
    for (let x = 0, at = 0; x < state.width; x++)
      for (let y = 0; y < state.height; y++, at += 3)
        if (packCell(bytes[at], bytes[at + 1], bytes[at + 2]) !== state.codeAt(x, y)) wrong++;
    expect(wrong).toBe(0);
  });

  test('can be shown in a list', () => {
    const level = getLevel(id);
    expect(SKILLS).toContain(level.skill);
    expect(WORLDS).toContain(level.world);
    expect(level.title.length).toBeGreaterThan(3);
    expect(level.description).toMatch(/^[A-Z].*\.$/);
    const env = createEnv(id, { seed: 0 });
    expect([env.state.width, env.state.height]).toEqual([level.width, level.height]);
  });

  test('has a picture that shows all there is', () => {
    const { state } = createEnv(id, { seed: 0 });
    const picture = thumbnail(id);
    expect(picture).toBe(thumbnail(id));
    expect(picture).toMatch(/^<svg [^<>]*viewBox="0 0 \d+ \d+"/);
    expect(picture).toContain(`<title>${state.mission}</title>`);
    expect(picture.match(/<path fill="#ffffff" transform/g)).toHaveLength(1);
    const shown = (kind: string) => picture.split(`<g class="${kind}">`).length - 1;
    for (const kind of ['key', 'ball', 'box', 'door'] as const) {
      const there = state.ids.reduce(
        (count, object) =>
          count + (object >= 0 && state.objectType[object] === ObjectType[kind] ? 1 : 0),
        0,
      );
      expect([kind, shown(kind)]).toEqual([kind, there]);
    }
  });

  test('has been measured with the bot, and still takes it as long', () => {
    const { difficulty } = getLevel(id);
    // Null here: run `npm run -s cli -- levels --measure`.
    expect(difficulty).not.toBeNull();
    expect(difficulty).toBe(Number(botStats({ levelId: id, episodes: 200 }).meanLength.toFixed(1)));
  });
});

test('all 96 levels of BabyAI are registered, and every level once', () => {
  const ids = listLevels().map(({ id }) => id);
  const golden = readFileSync(new URL('./golden/levels.json', import.meta.url), 'utf8');
  const recorded = (JSON.parse(golden) as { id: string }[]).map(({ id }) => id);
  expect(recorded).toHaveLength(96);
  expect(ids).toEqual(expect.arrayContaining(recorded));
  expect(new Set(ids).size).toBe(ids.length);
  expect(FAMILIES.every(({ levels }) => Object.keys(levels).length > 0)).toBe(true);
});

test('an unknown level is refused with the closest names', () => {
  expect(() => getLevel('BabyAI-GoToRedBal-v0')).toThrow(
    'level is "BabyAI-GoToRedBal-v0"; accepted: a level id such as BabyAI-GoToRedBall-v0',
  );
});

test('no two levels have one title', () => {
  const titles = listLevels().map(({ title }) => title);
  expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([]);
});
