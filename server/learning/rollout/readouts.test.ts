import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { GOAL_CANDIDATES, parseReplay, type Replay } from '../../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { PolicySession } from '../session.ts';
import type { SessionOptions } from '../sessionOptions.ts';

const OPTIONS: SessionOptions = {
  levelId: 'BabyAI-GoToObjS4-v0',
  init: 'default',
  policy: 'hrm',
  preset: 'nano',
  seed: 3,
  settings: {
    ...DEFAULT_SETTINGS,
    environments: 8,
    rolloutSteps: 16,
    minibatches: 2,
    epochs: 1,
    evalEvery: 0,
  },
  rewards: DEFAULT_REWARDS,
  engine: 'wasm',
  workers: 2,
  runId: 'readouts',
};

async function play(options: SessionOptions, updates: number) {
  const session = await PolicySession.create(options);
  const replays: Replay[] = [];
  try {
    for (let i = 0; i < updates; i++) replays.push(...(await session.update()).episodes);
    return { replays, hash: (await session.hash()).weightsHash };
  } finally {
    await session.dispose();
  }
}

// Planes come once enough was shown; how soon depends on the policy.
const updates = 10;
const withReadouts = await play({ ...OPTIONS, readouts: true }, updates);

test('reading the cycles changes nothing that is learnt or played', async () => {
  const without = await play(OPTIONS, updates);
  expect(without.hash).toBe(withReadouts.hash);
  const actions = (replays: Replay[]) => replays.map((replay) => [replay.id, replay.actions]);
  expect(actions(without.replays)).toEqual(actions(withReadouts.replays));
  expect(without.replays[0].mind?.readouts).toBeUndefined();
});

test('shown episodes say how each thought came about, and the last cycle is what was acted on', () => {
  expect(withReadouts.replays.length).toBeGreaterThan(4);
  for (const given of withReadouts.replays) {
    const replay = parseReplay(JSON.parse(JSON.stringify(given)));
    const { readouts, probabilities, replans, goalX, goalY } = replay.mind!;
    expect(readouts!.cycles).toHaveLength(replay.outcome.steps);
    let row = 0;
    let replan = 0;
    for (const [step, cycles] of readouts!.cycles.entries()) {
      expect(cycles).toBe(replans[step] ? 4 : 2);
      row += cycles;
      const last = readouts!.actions.slice((row - 1) * NUM_ACTIONS, row * NUM_ACTIONS);
      const acted = probabilities.slice(step * NUM_ACTIONS, (step + 1) * NUM_ACTIONS);
      last.forEach((share, a) => {
        expect(Math.abs(share - acted[a])).toBeLessThanOrEqual(1);
      });
      if (!replans[step]) continue;
      // Nobody overrides here: the goal announced is the likeliest candidate.
      const first = replan * GOAL_CANDIDATES;
      expect([readouts!.goalX[first], readouts!.goalY[first]]).toEqual([goalX[step], goalY[step]]);
      const belief = readouts!.goals.slice(
        (replan * 2 + 1) * GOAL_CANDIDATES,
        (replan * 2 + 2) * GOAL_CANDIDATES,
      );
      expect(belief).toEqual([...belief].sort((a, b) => b - a));
      replan++;
    }
  }
});

test('episodes of all workers have ids of their own, and planes once there are some', () => {
  const ids = withReadouts.replays.map((replay) => replay.id);
  expect(new Set(ids).size).toBe(ids.length);
  const drawn = withReadouts.replays.filter((replay) => replay.mind?.planeH);
  expect(drawn.length).toBeGreaterThan(0);
  for (const { mind, outcome } of drawn) {
    expect(mind?.planeH).toHaveLength(2 * outcome.steps);
    expect(mind?.planeShare?.every((share) => share > 0 && share <= 1000)).toBe(true);
  }
  const last = withReadouts.replays.at(-1)!;
  expect(last.source.envSteps).toBeLessThanOrEqual(updates * 8 * 16);
  expect(last.source.envSteps).toBeGreaterThan((updates - 2) * 8 * 16);
});
