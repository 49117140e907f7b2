import { beforeAll, describe, expect, test } from '@jest/globals';
import { SUBGOALS } from '../../shared/goals.ts';
import { createEngine } from '../engine/index.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { Policy, type Weights } from '../policy/model.ts';
import { initialWeights, uploadWeights } from '../policy/parameters.ts';
import { Random } from '../policy/random.ts';
import { taskOf } from '../tasks/index.ts';
import { evaluate } from './evaluate.ts';
import { GivenGoals } from './givenGoals.ts';
import { evaluationOf } from './score.ts';
import type { SeatRecord } from './seat.ts';
import { drawnActions, drawnGoals } from './sources.ts';
import { type Sink, Table } from './table.ts';

// Untrained weights replan and wander: goals, memory and chance all change.
const config = policyConfig('nano', 'hrm');
let model: Policy;
let weights: Weights;
beforeAll(async () => {
  const engine = await createEngine({ engine: 'wasm' });
  model = new Policy(engine, config);
  const flat = initialWeights(config, 4).map((weight, i) => weight + 0.02 * Math.sin(i));
  weights = uploadWeights(engine, config, flat);
});

/** Two seats of different levels, which play episode after episode. */
function table(): Table {
  let seed = 0;
  const parts = ['BabyAI-GoToSeqS5R2-v0', 'BabyAI-PutNextLocalS5N3-v0'].map((level) => {
    const far = { subgoal: SUBGOALS.indexOf('goNextTo'), x: 3, y: 3, until: 'reached' } as const;
    return {
      world: taskOf(level).createWorld(level, { memory: config.memory }),
      chance: new Random(3),
      goals: new GivenGoals((seat) => (seat.episode.steps === 2 ? far : undefined), drawnGoals),
      actions: drawnActions,
      asks: true,
    };
  });
  return new Table(model, parts, (seat) => {
    seat.begin(seed++);
    return true;
  });
}

/** Everything that a seat does and is, turn by turn. */
async function trace(of: Table, turns: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  const sink: Sink = {
    decided: ({ thought, actions }) => {
      seen.push([...actions], [...thought.probabilities], [...thought.replanned], [...thought.zH]);
      for (const { goal, expert, episode } of of.seats)
        seen.push(goal.record(), expert.action, expert.x, { ...episode.pose }, episode.return);
    },
  };
  for (let t = 0; t < turns; t++) await of.turn(weights, [sink]);
  return seen;
}

describe('a seat', () => {
  test('goes on from its record as if it had never stopped, at another table too', async () => {
    const played = table();
    await trace(played, 9);
    const records = played.seats.map((seat) => structuredClone(seat.record()));
    const onward = await trace(played, 12);
    expect(played.seats.every(({ episode }) => episode.steps > 20)).toBe(true);

    const restored = table();
    const restore = (list: SeatRecord[]) => {
      for (const seat of restored.seats) seat.restore(list[seat.index]);
    };
    restore(records);
    expect(await trace(restored, 12)).toEqual(onward);
    // Once more from the same record: it is not used up, and nothing of the first attempt is left.
    restore(records);
    expect(await trace(restored, 12)).toEqual(onward);
  });

  test('plays otherwise with other chance', async () => {
    const [one, other] = [table(), table()];
    for (const seat of other.seats) seat.chance = new Random(4);
    expect(await trace(one, 6)).not.toEqual(await trace(other, 6));
  });
});

test('an evaluation shared out in any way gives the figures of the whole, exactly', async () => {
  const options = { levelId: 'BabyAI-GoToObjS4-v0', seedBase: 1e9, greedy: false };
  const play = (from: number, episodes: number, batch: number) =>
    evaluate(model, weights, { ...options, seedBase: 1e9 + from, episodes, batch });
  const whole = evaluationOf([await play(0, 9, 4)]);
  expect(whole.episodes).toBe(9);
  expect(whole.meanGoalLife).toBeGreaterThan(0);
  expect(whole.goalHitRate).toBeGreaterThan(0);
  expect(evaluationOf([await play(0, 2, 9), await play(2, 6, 3), await play(8, 1, 1)])).toEqual(
    whole,
  );
  // Whoever finishes first comes first.
  expect(evaluationOf([await play(5, 4, 4), await play(0, 5, 2)])).toEqual(whole);
});
