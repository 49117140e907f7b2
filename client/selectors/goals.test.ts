import { describe, expect, test } from '@jest/globals';
import { DIRECTION_VECTORS } from '../../shared/constants.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import type { Replay } from '../../shared/replay.ts';
import { expertReplay, mindedReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { goalAt, goalSpans } from './goals.ts';
import { cellAt, describeCell } from './world.ts';

const LEVEL = 'BabyAI-PutNextLocal-v0';
const SEED = 4;
const index = (name: (typeof SUBGOALS)[number]) => SUBGOALS.indexOf(name);

/** The expert's episode: where it picks up, what lies there, and where it drops. */
function facts() {
  const plain = simulate(expertReplay(LEVEL, SEED), { kind: 'expert' });
  const front = (step: number) => {
    const frame = plain.frames[step];
    const [dx, dy] = DIRECTION_VECTORS[frame.direction];
    return { x: frame.agentX + dx, y: frame.agentY + dy };
  };
  const pickup = plain.frames.findIndex((frame) => frame.carrying) - 1;
  const drop = plain.frames.findIndex((frame, i) => i > pickup + 1 && !frame.carrying) - 1;
  const target = front(pickup);
  const what = describeCell(cellAt(plain.frames[0], plain.width, plain.height, target.x, target.y));
  return { pickup, drop, target, what, place: front(drop), steps: plain.replay.outcome.steps };
}

describe('goal spans', () => {
  const { pickup, drop, target, what, place, steps } = facts();

  test('are named after what is in the world at the target, and judged by what happened', () => {
    const episode = simulate(
      mindedReplay(LEVEL, SEED, [
        { at: 0, subgoal: index('goNextTo'), ...target },
        { at: pickup, subgoal: index('pickup'), ...target },
        { at: pickup + 1, subgoal: index('goNextTo'), x: 0, y: 0 },
        { at: drop, subgoal: index('drop'), ...place },
      ]),
      { kind: 'run', runId: 'r' },
    );
    expect(
      goalSpans(episode).map(({ start, end, label, outcome }) => [start, end, label, outcome]),
    ).toEqual([
      [0, pickup, `go next to · ${what}`, 'reached'],
      [pickup, pickup + 1, `pick up · ${what}`, 'reached'],
      [pickup + 1, drop, 'undecided', 'dropped'],
      [drop, steps, `drop · ${what}`, 'reached'],
    ]);
  });

  const only = (subgoal: number, x: number, y: number, patch: Partial<Replay> = {}) =>
    goalAt(
      simulate(
        { ...mindedReplay(LEVEL, SEED, [{ at: 0, subgoal, x, y }]), ...patch },
        { kind: 'run', runId: 'r' },
      ),
      0,
    );

  test('walls and what lies beyond the map are never named, and a guess is called undecided', () => {
    for (const [x, y] of [
      [200, 3],
      [0, 0],
    ] as const)
      expect(only(index('goNextTo'), x, y)).toMatchObject({ label: 'undecided', decided: false });
    const replay = mindedReplay(LEVEL, SEED, [{ at: 0, subgoal: index('goNextTo'), ...target }]);
    const mind = { ...replay.mind!, confidence: replay.mind!.confidence.map(() => 170) };
    const guess = goalAt(simulate({ ...replay, mind }, { kind: 'run', runId: 'r' }), 0);
    expect(guess).toMatchObject({ label: 'undecided', decided: false, confidence: 0.17 });
  });

  test('a Planner that was never taught to name goals names none, however sure; one that it is given is named', () => {
    const goals = [{ at: 0, subgoal: index('goNextTo'), ...target }];
    const untaught = (played?: Replay['played']) =>
      goalAt(
        {
          ...simulate({ ...mindedReplay(LEVEL, SEED, goals), played }, { kind: 'run', runId: 'r' }),
          untaught: true,
        },
        0,
      );
    expect(untaught()).toMatchObject({ label: 'not named', decided: false });
    const override = { step: 0, ...target, subgoal: 'goNextTo', until: 'reached' } as const;
    const played = { greedy: false, ablation: 'none', overrides: [override], forced: 0 } as const;
    expect(untaught({ ...played, overrides: [override] })).toMatchObject({
      decided: true,
      commanded: true,
    });
  });

  test('a free cell is named by its coordinates, and only as a place to go to', () => {
    const { frames } = simulate(expertReplay(LEVEL, SEED), { kind: 'expert' });
    const { agentX, agentY } = frames[0];
    expect(only(index('goNextTo'), agentX, agentY)?.label).toBe(
      `go next to · cell ${agentX}, ${agentY}`,
    );
    expect(only(index('open'), agentX, agentY)?.decided).toBe(false);
  });

  test('a goal that was given is one, whatever the Planner believes of it', () => {
    const replay = mindedReplay(LEVEL, SEED, [{ at: 0, subgoal: index('goNextTo'), ...target }]);
    const mind = { ...replay.mind!, confidence: replay.mind!.confidence.map(() => 0) };
    const given = { step: 0, ...target, subgoal: 'goNextTo' as const, until: 'reached' as const };
    const played = { greedy: false, ablation: 'none' as const, overrides: [given], forced: 0 };
    const goal = goalAt(simulate({ ...replay, mind, played }, { kind: 'whatif' }), 0);
    expect(goal).toMatchObject({ label: `go next to · ${what}`, decided: true, commanded: true });
  });

  test('thinking again and wanting the same keeps the goal', () => {
    const episode = simulate(
      mindedReplay(LEVEL, SEED, [
        { at: 0, subgoal: index('goNextTo'), ...target },
        { at: 2, subgoal: index('goNextTo'), ...target },
      ]),
      { kind: 'run', runId: 'r' },
    );
    expect(goalSpans(episode)).toHaveLength(1);
    expect(goalAt(episode, 2)).toMatchObject({ age: 3, replanned: false });
  });

  test('the goal in force tells its age, and that it is new in its first step only', () => {
    const episode = simulate(
      mindedReplay(LEVEL, SEED, [{ at: 0, subgoal: index('explore'), x: -1, y: -1 }]),
      { kind: 'run', runId: 'r' },
    );
    expect(goalAt(episode, 0)).toMatchObject({ age: 1, replanned: true, label: 'explore' });
    expect(goalAt(episode, 3)).toMatchObject({ age: 4, replanned: false, target: undefined });
  });

  test('there are none without a mind', () => {
    const episode = simulate(expertReplay(LEVEL, SEED), { kind: 'expert' });
    expect(goalSpans(episode)).toEqual([]);
    expect(goalAt(episode, 0)).toBe(undefined);
  });
});
