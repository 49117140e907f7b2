import { beforeAll, describe, expect, test } from '@jest/globals';
import { verifyReplay } from '../../envs/replay.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { parseReplay, type Replay } from '../../shared/replay.ts';
import { type Fork, type ForkTask, fork } from './fork.ts';
import { EpisodePlayer, type PlayTask } from './play.ts';

const player = new EpisodePlayer('wasm');
// Untrained weights wander and replan: goals, memory and chance all matter.
const wanderer = { kind: 'scratch', preset: 'nano', policy: 'hrm', seed: 3 } as const;
const STEPS = 10;

function play(patch: Partial<PlayTask> = {}): Promise<Replay> {
  return player.play({
    ...{ source: wanderer, name: 'wanderer', runId: '', envSteps: 0 },
    ...{ levelId: 'BabyAI-GoToSeqS5R2-v0', seed: EVAL_SEED_BASE + 2, maxSteps: STEPS },
    ...{ greedy: false, ablation: 'none', overrides: [], actions: [] },
    ...patch,
  });
}

/** A fork that goes on for two steps more than the original. */
const from = (replay: Replay, at: number, patch: Partial<ForkTask> = {}): Promise<Fork> =>
  fork(player, { replay, at, source: wanderer, name: 'wanderer', maxSteps: STEPS + 2, ...patch });

describe('a fork', () => {
  let original: Replay;
  beforeAll(async () => {
    original = await play();
  });

  test('that changes nothing repeats the original bit for bit, wherever it begins', async () => {
    for (const at of [0, 7, STEPS]) {
      const { sameAsOriginal, firstDifference, replay } = await from(original, at);
      expect([sameAsOriginal, firstDifference]).toEqual([true, undefined]);
      expect(replay.actions.slice(0, STEPS)).toEqual(original.actions);
      // The original was stopped; a fork plays on.
      expect(replay.outcome.steps).toBe(STEPS + 2);
    }
  }, 60_000);

  test('repeats drawn goals and the likeliest, also of recordings that do not say how they were taken', async () => {
    expect(original.played?.goals).toBe('sampled');
    const likeliest = await play({ goals: 'likeliest' });
    expect(likeliest.mind?.goalX).not.toEqual(original.mind?.goalX);
    const { goals: _left, ...older } = likeliest.played!;
    for (const replay of [likeliest, { ...likeliest, played: older }])
      expect(await from(replay, 7)).toMatchObject({ sameAsOriginal: true });
  }, 60_000);

  test.each([[{ goals: 'likeliest' as const }], [{ greedy: true }]])(
    'takes goals otherwise from the frame on: %j',
    async (change) => {
      const { replay } = await from(original, 4, { change });
      expect(replay.mind?.goalX.slice(0, 4)).toEqual(original.mind?.goalX.slice(0, 4));
      // Where it thinks, it announces what it believes in most.
      const other = await from(original, 4, { change: { ...change, chance: 77 } });
      const thinks = replay.mind!.replans.indexOf(1, 4);
      for (const column of ['replans', 'subgoals', 'goalX', 'goalY', 'confidence'] as const)
        expect(other.replay.mind?.[column][4]).toBe(replay.mind?.[column][4]);
      expect(thinks).toBeGreaterThanOrEqual(4);
    },
    60_000,
  );

  test.each([[{ planner: 'expert' as const }], [{ doer: 'exact' as const }]])(
    'of an episode in which somebody else had a part repeats it, too: %j',
    async (roles) => {
      const played = await play(roles);
      expect(played.played).toMatchObject(roles);
      const { sameAsOriginal, replay } = await from(played, 7);
      expect([sameAsOriginal, replay.played]).toEqual([true, expect.objectContaining(roles)]);
    },
  );

  test('keeps the steps before it and plays otherwise after it', async () => {
    const { sameAsOriginal, firstDifference, replay } = await from(original, 7, {
      change: { chance: 99 },
    });
    expect(sameAsOriginal).toBe(false);
    expect(firstDifference).toBeGreaterThanOrEqual(7);
    expect(replay.actions.slice(0, 7)).toEqual(original.actions.slice(0, 7));
    expect(replay.hashes.slice(0, 8)).toEqual(original.hashes.slice(0, 8));
    // Its settings change on the way, so that they are not told as the episode's.
    expect(replay.played).toBeUndefined();
    const checked = parseReplay(JSON.parse(JSON.stringify(replay)));
    expect(verifyReplay(checked)).toMatchObject({ ok: true });
  }, 60_000);

  test('thinks as the original until the frame, and takes the goal that it is given there', async () => {
    const goal = { x: 2, y: 3, subgoal: 'pickup', until: 'end' } as const;
    const { replay } = await from(original, 5, { change: { goal } });
    expect(replay.mind?.goalX.slice(0, 5)).toEqual(original.mind?.goalX.slice(0, 5));
    expect(replay.mind?.values.slice(0, 5)).toEqual(original.mind?.values.slice(0, 5));
    expect([replay.mind?.goalX[5], replay.mind?.goalY[5]]).toEqual([2, 3]);
  }, 60_000);

  test('switches parts off from the frame on', async () => {
    const { replay } = await from(original, 4, { change: { ablation: 'withoutPlanner' } });
    expect(replay.mind?.replans.slice(0, 4)).toEqual(original.mind?.replans.slice(0, 4));
    expect(replay.mind?.replans.slice(4).every((flag) => flag === 0)).toBe(true);
  }, 60_000);

  test('repeats how the original was played: greedily, deeply, with goals and actions given', async () => {
    const goal = { step: 2, x: 1, y: 1, subgoal: 'goNextTo', until: 'end' } as const;
    const given = await play({ overrides: [goal], depth: 2, chance: 5, actions: [0, 1, 2, 2, 0] });
    expect((await from(given, 3)).sameAsOriginal).toBe(true);
    const greedy = await play({ greedy: true });
    expect((await from(greedy, 6)).sameAsOriginal).toBe(true);
  }, 60_000);

  test('by the expert goes on from where another one was', async () => {
    const expert = { kind: 'script', name: 'expert' } as const;
    const level = { levelId: 'BabyAI-GoToLocal-v0', seed: 4 };
    const solved = await play({ source: expert, maxSteps: undefined, ...level });
    expect(solved.outcome.success).toBe(true);
    expect((await from(solved, 1, { source: expert, name: 'expert' })).sameAsOriginal).toBe(true);
    const rescued = await from(original, 6, {
      source: expert,
      name: 'expert',
      maxSteps: undefined,
    });
    expect(rescued.replay.outcome.success).toBe(true);
    expect(rescued.replay.actions.slice(0, 6)).toEqual(original.actions.slice(0, 6));
  });

  test('needs a frame from which the episode can go on', async () => {
    const at = (step: number, document: Replay) => from(document, step);
    await expect(at(STEPS + 1, original)).rejects.toThrow(/at is 11; accepted: 0 to 10/);
    const over = { ...original, outcome: { ...original.outcome, truncated: true } };
    await expect(at(STEPS, over)).rejects.toThrow(/at is 10; accepted: 0 to 9/);
  });
});
