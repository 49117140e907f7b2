import { describe, expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import { Action, ObjectType } from '../../../shared/constants.ts';
import { SUBGOALS } from '../../../shared/goals.ts';
import { Random } from '../../policy/random.ts';
import { forwardOf, type Pose, rightOf } from './goalFrame.ts';
import { colorOf, EVENT_KINDS, Memory, stateOf, typeOf } from './memory.ts';

const poseOf = (env: ReturnType<typeof createEnv>): Pose => ({
  x: env.state.agentX,
  y: env.state.agentY,
  direction: env.state.agentDir,
});

/** Cells of which the memory says something else than was shown. */
function mistakes(
  memory: Memory,
  pose: Pose,
  width: number,
  height: number,
  shown: ReadonlyMap<string, number[]>,
): string[] {
  const wrong: string[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (x === pose.x && y === pose.y) continue;
      const code = memory.codeAt(pose, rightOf(pose, x, y), forwardOf(pose, x, y));
      const seen = shown.get(`${x},${y}`);
      const [type, color, state] = [typeOf(code), colorOf(code), stateOf(code)];
      // The agent's own former cells are known to be free without having been looked at.
      const right = seen
        ? type === seen[0] && color === seen[1] && state === seen[2]
        : code === 0 || code === ObjectType.empty;
      if (!right) wrong.push(`${x},${y}: remembers ${code}, was shown ${seen}`);
    }
  }
  return wrong;
}

describe.each(['BabyAI-GoTo-v0', 'BabyAI-BossLevel-v0', 'BabyAI-UnlockPickup-v0'])(
  '%s',
  (level) => {
    test('remembers exactly what was seen, and nothing else', () => {
      const env = createEnv(level);
      const random = new Random(3);
      const memory = new Memory();
      for (let seed = 0; seed < 3; seed++) {
        let { image } = env.reset(seed);
        const { state } = env;
        memory.begin(state.width, state.height);
        // What the observations showed, collected in the plainest way.
        const shown = new Map<string, number[]>();
        for (let step = 0; step < 100; step++) {
          const pose = poseOf(env);
          memory.see(image, 0, pose, step);
          for (let x = 0; x < state.width; x++) {
            for (let y = 0; y < state.height; y++) {
              const vx = 3 + rightOf(pose, x, y);
              const vy = 6 - forwardOf(pose, x, y);
              if (vx < 0 || vy < 0 || vx > 6 || vy > 6 || (vx === 3 && vy === 6)) continue;
              const at = (vx * 7 + vy) * 3;
              if (image[at] !== 0) shown.set(`${x},${y}`, Array.from(image.slice(at, at + 3)));
            }
          }
          expect(mistakes(memory, pose, state.width, state.height, shown)).toEqual([]);
          const result = env.step(random.below(6));
          image = result.observation.image;
          if (result.terminated || result.truncated) break;
        }
      }
    });
  },
);

test('tells how long ago an object was faced, and forgets it when the object is taken away', () => {
  const env = createEnv(
    'layout:mission: pick up the red ball\n\n## ## ## ##\n## A> rb ##\n## .. .. ##\n## ## ## ##\n',
  );
  const { image } = env.reset(0);
  const memory = new Memory();
  memory.begin(4, 4);
  memory.see(image, 0, poseOf(env), 0);
  const ball = () => memory.objects(poseOf(env), 9);
  expect(ball()).toMatchObject([{ forward: 1, facedAgo: 0, lit: true }]);
  memory.see(env.step(Action.left).observation.image, 0, poseOf(env), 1);
  memory.see(env.step(Action.left).observation.image, 0, poseOf(env), 2);
  expect(ball()).toMatchObject([{ forward: -1, facedAgo: 2, lit: false }]);
});

test('names the sides of the pose that the episode began with, wherever the agent goes', () => {
  const env = createEnv(
    'layout:mission: go to the red ball\n\n## ## ## ## ##\n## .. rb .. ##\n## A> .. .. ##\n## .. .. bk ##\n## ## ## ## ##\n',
  );
  const { image } = env.reset(0);
  const memory = new Memory();
  memory.begin(5, 5);
  memory.see(image, 0, poseOf(env), 0);
  const sides = () =>
    memory
      .objects(poseOf(env), 9)
      .map(({ code, startSide, startDepth }) => [typeOf(code), startSide, startDepth]);
  const expected = [
    [ObjectType.ball, -1, 1],
    [ObjectType.key, 1, 1],
  ];
  expect(sides()).toEqual(expected);
  for (const [step, action] of [Action.forward, Action.right, Action.forward].entries()) {
    memory.see(env.step(action).observation.image, 0, poseOf(env), step + 1);
    expect(sides()).toEqual(expected);
  }
});

test('keeps what the agent did to objects, what lay beside a dropped one, and which goals it reached', () => {
  const env = createEnv(
    'layout:mission: pick up the red ball\n\n## ## ## ## ##\n## A> rb .. ##\n## .. .. bk ##\n## ## ## ## ##\n',
  );
  const { image } = env.reset(0);
  const memory = new Memory();
  memory.begin(5, 4);
  memory.see(image, 0, poseOf(env), 0);
  const [x, y] = [2, 1];
  const goNextTo = SUBGOALS.indexOf('goNextTo');
  memory.keep({ subgoal: goNextTo, x, y, wasReached: true });
  const did = () => memory.events.map(({ kind, ago }) => [EVENT_KINDS[kind], ago]);
  expect(did()).toEqual([['went', 0]]);
  expect(memory.objects(poseOf(env), 9)[0]).toMatchObject({
    reachedAs: goNextTo,
    keptAs: goNextTo,
  });
  // Down one row to face the cell beside the blue key.
  const actions = [Action.pickup, Action.right, Action.forward, Action.left, Action.drop];
  for (const [step, action] of actions.entries())
    memory.see(env.step(action).observation.image, 0, poseOf(env), step + 1);
  expect(did()).toEqual([
    ['went', 5],
    ['pickup', 4],
    ['drop', 0],
  ]);
  const { beside } = memory.events[2];
  expect(beside.map(typeOf)).toEqual([ObjectType.key]);
  // The mark belongs to the cell's object, which is gone.
  expect(memory.objects(poseOf(env), 9).every(({ reachedAs }) => reachedAs === -1)).toBe(true);

  const again = new Memory();
  again.begin(5, 4);
  again.restoreMarks(JSON.parse(JSON.stringify(memory.marks())));
  expect(again.marks()).toEqual(memory.marks());
});
