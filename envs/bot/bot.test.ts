import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Action, NUM_ACTIONS } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import { holds } from '../../shared/properties.testing.ts';
import { createEnv, EndBit, EndlessGenerationError, listLevels } from '../index.ts';
import { Bot, type BotRow, botStats, compareWithRow, runBot } from './index.ts';

function rowsByLevel(file: string): [string, BotRow[]][] {
  const text = gunzipSync(readFileSync(new URL(file, import.meta.url))).toString();
  const byLevel = new Map<string, BotRow[]>();
  for (const line of text.trim().split('\n')) {
    const row = JSON.parse(line) as BotRow;
    byLevel.set(row.id, [...(byLevel.get(row.id) ?? []), row]);
  }
  return [...byLevel];
}
const golden = rowsByLevel('../golden/bot.jsonl.gz');
const levels = listLevels().map(({ id }) => id);
/** Each row that differs, and how. */
function differences(rows: readonly BotRow[], reference: boolean): string[] {
  return rows.flatMap((row) => {
    const difference = compareWithRow(row, { reference });
    return difference === null ? [] : [`seed ${row.seed}: ${difference}`];
  });
}

test('the recordings are of 96 levels, all of them registered', () => {
  expect(golden).toHaveLength(96);
  expect(levels).toEqual(expect.arrayContaining(golden.map(([id]) => id)));
});

test.each(golden)(
  '%s: action, subgoal and depth of the recordings, and where it gives up',
  (_, rows) => {
    expect(rows).toHaveLength(20);
    expect(differences(rows, true)).toEqual([]);
  },
);

const CARRYING = /Carrying/;
test.each(golden.filter(([id]) => !CARRYING.test(id)))(
  '%s: helping itself changes nothing where the recorded bot did not fail',
  (_, rows) => {
    expect(
      differences(
        rows.filter((row) => row.bot_error === undefined),
        false,
      ),
    ).toEqual([]);
  },
);

test.each(rowsByLevel('./advice.jsonl.gz'))(
  '%s: advice to somebody who does not follow it',
  (_, rows) => {
    expect(rows.every((row) => row.taken?.length === row.steps)).toBe(true);
    expect(differences(rows, true)).toEqual([]);
  },
);

/** Levels of which some seeds have no solution, or count an unavoidable move as a failure. */
const NOT_ALWAYS = [
  'BabyAI-GoToImpUnlock-v0',
  'BabyAI-Unlock-v0',
  'BabyAI-OpenDoorsOrderN2Debug-v0',
  'BabyAI-OpenDoorsOrderN4Debug-v0',
  'BabyAI-PickupDistDebug-v0',
  'BabyAI-SynthS5R2-v0',
];
test.each(levels)('%s is solved, or there is a reason why not', (levelId) => {
  const options = { levelId, episodes: 8, seedBase: 1_000_003 };
  const ours = botStats(options);
  expect(ours.success).toBeGreaterThanOrEqual(botStats({ ...options, reference: true }).success);
  if (!NOT_ALWAYS.includes(levelId)) expect(ours).toMatchObject({ success: 1, stuck: {} });
});

test.each([
  ['BabyAI-KeyInBox-v0', 0],
  ['BabyAI-PutNextS5N2Carrying-v0', 0],
  ['BabyAI-PutNextS6N3Carrying-v0', 0],
  ['BabyAI-PutNextS7N4Carrying-v0', 0],
  ['BabyAI-UnlockToUnlock-v0', 0.7],
])('%s: solved where the recorded bot solved a share of %f', (levelId, recorded) => {
  expect(botStats({ levelId, episodes: 20, reference: true }).success).toBe(recorded);
  expect(botStats({ levelId, episodes: 20 }).success).toBe(1);
});

test('a key behind its own door is a reason to stop, not to plan for ever', () => {
  const { stuck } = botStats({ levelId: 'BabyAI-GoToImpUnlock-v0', episodes: 60 });
  const [reason] = Object.keys(stuck);
  expect(reason).toMatch(/^no way to "\w+ key": all within reach is explored$/);
});

test('whatever is done to it, a decision is valid and leaves the environment alone', () => {
  const actions = fc.array(fc.integer({ min: -6, max: NUM_ACTIONS - 1 }), { maxLength: 120 });
  holds(
    fc.property(
      fc.constantFrom(...levels),
      fc.nat({ max: 1_000_000 }),
      actions,
      (id, seed, noise) => {
        const env = createEnv(id);
        try {
          env.reset(seed);
        } catch (error) {
          if (error instanceof EndlessGenerationError) return;
          throw error;
        }
        const bot = new Bot(env);
        let taken: number | undefined;
        for (const other of noise) {
          const before = JSON.stringify(env.snapshot());
          const decision = bot.next(taken);
          expect(JSON.stringify(env.snapshot())).toBe(before);
          if ('stuck' in decision) {
            expect(decision.stuck).not.toBe('');
            return;
          }
          const { action, subgoal, depth } = decision;
          expect(action).toBeGreaterThanOrEqual(0);
          expect(action).toBeLessThan(NUM_ACTIONS);
          expect(SUBGOALS).toContain(subgoal.kind);
          expect(depth === 0).toBe(action === Action.done);
          if (depth > 0) expect(env.state.isInside(subgoal.targetX, subgoal.targetY)).toBe(true);
          if (subgoal.targetObject !== undefined)
            expect(env.state.objectAt(subgoal.targetX, subgoal.targetY)).toBe(subgoal.targetObject);
          // Negative draws stand for following the advice.
          taken = other < 0 ? action : other;
          if ((env.advance(taken) & (EndBit.terminated | EndBit.truncated)) !== 0) return;
        }
      },
    ),
    { runs: 150 },
  );
});

test('after actions of somebody else it still gets most missions done', () => {
  const noise = fc.sample(fc.integer({ min: 0, max: 27 }), { numRuns: 4000, seed: 5 });
  let successes = 0;
  let failures = 0;
  for (const levelId of levels) {
    if (NOT_ALWAYS.includes(levelId)) continue;
    for (let seed = 0; seed < 3; seed++) {
      const env = createEnv(levelId, { seed });
      const bot = new Bot(env);
      let end = 0;
      let taken: number | undefined;
      for (let t = seed; (end & (EndBit.terminated | EndBit.truncated)) === 0; t++) {
        const decision = bot.next(taken);
        if ('stuck' in decision) break;
        const drawn = noise[t % noise.length];
        taken = drawn < NUM_ACTIONS ? drawn : decision.action;
        end = env.advance(taken);
      }
      if ((end & EndBit.success) !== 0) successes++;
      else failures++;
    }
  }
  // What is left are boxes that were opened although they were wanted, and tight step limits.
  expect(successes / (successes + failures)).toBeGreaterThan(0.95);
});

test('a bot that is reset is as good as new', () => {
  const env = createEnv('BabyAI-BossLevel-v0', { seed: 1 });
  const used = new Bot(env);
  for (let t = 0; t < 30; t++) {
    const decision = used.next();
    if ('action' in decision) env.advance(decision.action);
  }
  env.reset(2);
  used.reset();
  const fresh = new Bot(createEnv('BabyAI-BossLevel-v0', { seed: 2 }));
  expect(used.next()).toEqual(fresh.next());
});

test('a run stops where it is told to, and bad counts are refused', () => {
  const levelId = 'BabyAI-BossLevel-v0';
  expect(runBot({ levelId, seed: 3, maxSteps: 5 })).toMatchObject({ length: 5, success: false });
  const whole = runBot({ levelId, seed: 3 });
  expect(whole).toMatchObject({ success: true, terminated: true, truncated: false });
  expect(whole.actions).toHaveLength(whole.length);
  expect(() => botStats({ levelId, episodes: 0 })).toThrow('episodes is 0');
  expect(() => botStats({ levelId, episodes: 1, seedBase: -1 })).toThrow('seedBase is -1');
  expect(() => runBot({ levelId: 'BabyAI-Nowhere', seed: 0 })).toThrow('BabyAI-Nowhere');
});
