import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Action, ObjectType } from '../shared/constants.ts';
import { SUBGOALS } from '../shared/goals.ts';
import { holds } from '../shared/properties.testing.ts';
import { DEFAULT_REWARDS, REWARD_TERM_IDS, type RewardTermId } from '../shared/rewards.ts';
import {
  before,
  completedLeaves,
  createEnv,
  describe,
  EndBit,
  family,
  goTo,
  type Instr,
  listLevels,
  membersOf,
  NUM_REWARD_TERMS,
  pickUp,
  putNext,
  RewardMeter,
  type RoomBuilder,
} from './index.ts';

const { left, right, forward, pickup, drop, toggle, done } = Action;
const ALL_ONE = Object.fromEntries(REWARD_TERM_IDS.map((id) => [id, 1])) as typeof DEFAULT_REWARDS;

/** A 7x7 room, the agent at (1, 3) looking right, and what `build` puts there. */
function roomWith(
  build: (
    put: (type: number, color: number, x: number, y: number) => number,
    b: RoomBuilder,
  ) => Instr,
) {
  const [level] = membersOf(
    family({
      name: 'Trial',
      title: 'Trial',
      description: 'A room.',
      skill: 'goto',
      params: {},
      rooms: () => ({ roomSize: 7, rows: 1, cols: 1 }),
      build(b) {
        b.state.setAgent(1, 3, 0);
        return build((type, color, x, y) => {
          const id = b.state.addObject(type, color);
          b.state.putObject(id, x, y);
          return id;
        }, b);
      },
      levels: { Trial: {} },
    }),
  );
  const env = createEnv(level, { seed: 0 });
  const meter = new RewardMeter(env, ALL_ONE);
  meter.reset();
  const ledger = new Float32Array(NUM_REWARD_TERMS);
  /** Takes a step and returns the ledger by term, zeros left out. */
  const step = (action: number) => {
    meter.beforeStep();
    const end = env.advance(action);
    const sum = meter.measure(
      { success: (end & EndBit.success) !== 0, over: end !== 0 },
      ledger,
      0,
    );
    expect(sum).toBeCloseTo(
      ledger.reduce((total, value) => total + value, 0),
      5,
    );
    return Object.fromEntries(
      REWARD_TERM_IDS.map((id, index) => [id, ledger[index]] as const).filter(([, v]) => v !== 0),
    ) as Partial<Record<RewardTermId, number>>;
  };
  return { env, meter, step };
}

const redBall = (put: (type: number, color: number, x: number, y: number) => number) => {
  put(ObjectType.ball, 0, 5, 3);
  return goTo(describe('ball', 'red'));
};

test('walking to the target pays for coming nearer, and for the mission at the end', () => {
  const { step, env } = roomWith(redBall);
  expect(step(forward)).toMatchObject({ stepCost: -1, progress: 1 });
  expect(step(left)).not.toHaveProperty('progress');
  expect(step(right)).not.toHaveProperty('useless');
  step(forward);
  const last = step(forward);
  expect(last.mission).toBeCloseTo(1 - (0.9 * 5) / env.state.maxSteps, 6);
  expect(last).not.toHaveProperty('subgoal');
});

test('bumps and actions in vain cost one each', () => {
  const { step } = roomWith(redBall);
  step(left);
  step(left);
  expect(step(forward)).toEqual({ stepCost: -1, bump: -1 });
  for (const action of [pickup, drop, toggle, done])
    expect(step(action)).toEqual({ stepCost: -1, useless: -1 });
});

test('facing what the mission does not name costs one each time it comes into front', () => {
  const { step } = roomWith((put) => {
    put(ObjectType.box, 2, 1, 2);
    return redBall(put);
  });
  expect(step(left)).toMatchObject({ wrongObject: -1 });
  expect(step(done)).not.toHaveProperty('wrongObject');
  expect(step(right)).not.toHaveProperty('wrongObject');
  expect(step(left)).toMatchObject({ wrongObject: -1 });
});

test('opening a door and picking up pay each time, and undoing it takes nothing back', () => {
  const { step } = roomWith((put) => {
    put(ObjectType.door, 2, 1, 0);
    put(ObjectType.box, 2, 2, 3);
    return redBall(put);
  });
  for (const action of [pickup, drop, pickup])
    expect(step(action).handled).toBe(action === pickup ? 1 : undefined);
  for (const action of [left, forward, forward]) expect(step(action)).not.toHaveProperty('handled');
  for (const paid of [1, undefined, 1]) expect(step(toggle).handled).toBe(paid);
});

test('a key is not wrong where its lock is', () => {
  const cost = (locked: boolean) =>
    roomWith((put, b) => {
      put(ObjectType.key, 4, 1, 2);
      const door = put(ObjectType.door, 4, 3, 0);
      if (locked) b.state.redraw(door, 2);
      return redBall(put);
    }).step(left).wrongObject;
  expect(cost(true)).toBeUndefined();
  expect(cost(false)).toBe(-1);
});

test('exploration pays once for each cell that comes into sight', () => {
  const { step } = roomWith(redBall);
  // Looking right from (1, 3) shows all but the wall behind; looking up, its cells (0, 0) to (0, 3).
  expect(step(left)).toMatchObject({ exploration: 4 });
  expect(step(right)).not.toHaveProperty('exploration');
  expect(step(left)).not.toHaveProperty('exploration');
});

test('parts of a mission pay once, the last one not', () => {
  const { step, env } = roomWith((put) => {
    put(ObjectType.key, 1, 2, 3);
    put(ObjectType.ball, 0, 5, 3);
    return before(pickUp(describe('key', 'green')), goTo(describe('ball', 'red')));
  });
  const picked = step(pickup);
  expect(picked).toMatchObject({ subgoal: 1 });
  expect(picked).not.toHaveProperty('progress');
  expect(step(drop)).not.toHaveProperty('subgoal');
  expect(step(pickup)).not.toHaveProperty('subgoal');
  step(forward);
  step(forward);
  const last = step(forward);
  expect(last.mission).toBeGreaterThan(0);
  expect(last).not.toHaveProperty('subgoal');
  expect(env.state.carrying).toBeGreaterThanOrEqual(0);
});

test('lifting what is to be moved pays once', () => {
  const { step } = roomWith((put) => {
    put(ObjectType.key, 1, 2, 3);
    put(ObjectType.ball, 0, 5, 3);
    return putNext(describe('key', 'green'), describe('ball', 'red'));
  });
  expect(step(pickup)).toMatchObject({ subgoal: 1 });
  step(drop);
  expect(step(pickup)).not.toHaveProperty('subgoal');
});

test('progress cannot be farmed: a walk that ends where it began pays nothing', () => {
  holds(
    fc.property(
      fc.constantFrom(...listLevels().map(({ id }) => id)),
      fc.nat({ max: 99_999 }),
      fc.array(fc.constantFrom(left, right, forward, forward), { maxLength: 60 }),
      (id, seed, actions) => {
        const env = createEnv(id, { seed });
        const meter = new RewardMeter(env, { ...DEFAULT_REWARDS, mission: 0, progress: 1 });
        meter.reset();
        const ledger = new Float32Array(NUM_REWARD_TERMS);
        const paidSoFar = new Map<string, number>();
        let paid = 0;
        for (const action of actions) {
          const { agentX, agentY } = env.state;
          const place = `${agentX},${agentY}`;
          expect(paid).toBe(paidSoFar.get(place) ?? paid);
          paidSoFar.set(place, paid);
          meter.beforeStep();
          const end = env.advance(action);
          paid += meter.measure(
            { success: (end & EndBit.success) !== 0, over: end !== 0 },
            ledger,
            0,
          );
          if (end !== 0 || env.state.instruction.op === 'and') return;
          // A part done changes what comes next, and starts the count anew.
          if (completedLeaves(env.state.instruction) > 0) return;
        }
      },
    ),
    { runs: 80 },
  );
});

test('picking up and putting down in place pays nothing', () => {
  const { step } = roomWith((put) => {
    put(ObjectType.key, 1, 2, 3);
    put(ObjectType.ball, 0, 5, 3);
    return putNext(describe('key', 'green'), describe('ball', 'red'));
  });
  const lifted = step(pickup).progress ?? 0;
  const dropped = step(drop).progress ?? 0;
  expect(lifted + dropped).toBe(0);
});

test('a goal pays once when its target is reached, and costs when it is given up', () => {
  const { meter, step } = roomWith(redBall);
  const [explore, goNextTo] = [SUBGOALS.indexOf('explore'), SUBGOALS.indexOf('goNextTo')];
  const steps = (goal: { subgoal: number; x: number; y: number }, ...actions: number[]) =>
    actions.map((action) => {
      meter.pursue(goal);
      const { goalReached, goalGivenUp } = step(action);
      return [goalReached ?? 0, goalGivenUp ?? 0];
    });
  const none = [0, 0];
  // The agent is at (1, 3) and looks right: after a step it faces (3, 3).
  const near = { subgoal: goNextTo, x: 3, y: 3 };
  expect(steps(near, left, right, forward, left)).toEqual([none, none, [1, 0], none]);
  // Now it looks up: what is behind it is reached by seeing it.
  expect(steps({ subgoal: goNextTo, x: 2, y: 5 }, right)).toEqual([none]);
  expect(steps({ subgoal: explore, x: 1, y: 5 }, right)).toEqual([[1, -1]]);
  // At the target when it is announced: nothing is left to do, and so nothing to give up.
  expect(steps({ subgoal: goNextTo, x: 2, y: 4 }, done)).toEqual([none]);
  expect(steps({ subgoal: goNextTo, x: 5, y: 5 }, done)).toEqual([none]);
  // No goal any more, and one without a target.
  expect(steps({ subgoal: -1, x: -1, y: -1 }, done)).toEqual([[0, -1]]);
  expect(steps({ subgoal: SUBGOALS.indexOf('done'), x: -1, y: -1 }, done)).toEqual([none]);
});

test('a goal that is open when the episode ends is given up', () => {
  const { meter, step } = roomWith(redBall);
  for (const action of [forward, forward]) {
    meter.pursue({ subgoal: 0, x: 1, y: 1 });
    step(action);
  }
  meter.pursue({ subgoal: 1, x: 1, y: 1 });
  expect(step(forward)).toMatchObject({ mission: expect.any(Number), goalGivenUp: -1 });
});
