import { expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import { Action, ObjectType } from '../../../shared/constants.ts';
import { GOAL_NONE, GOAL_REACH } from './features.ts';
import { Memory, typeOf } from './memory.ts';
import { ObservationRows } from './observation.ts';
import { FIRST_TOKEN, placeOf, placeOfTarget, targetAt, worldCellOf } from './targets.ts';

const poseOf = ({ state }: ReturnType<typeof createEnv>) => ({
  x: state.agentX,
  y: state.agentY,
  direction: state.agentDir,
});

/** What a policy reads of the present view. */
function rowsOf(env: ReturnType<typeof createEnv>, image: Uint8Array, memory?: Memory) {
  const rows = new ObservationRows(1);
  const pose = poseOf(env);
  const { direction } = pose;
  const seen = { image, offset: 0, direction, previousAction: -1, mission: env.mission };
  rows.write(0, seen, memory, pose);
  return rows.tokens(0);
}

test.each([true, false])('a token aims at its object, with memory: %s', (withMemory) => {
  const env = createEnv('BabyAI-GoToLocal-v0');
  const { image } = env.reset(4);
  const memory = withMemory ? new Memory() : undefined;
  memory?.begin(env.state.width, env.state.height);
  memory?.see(image, 0, poseOf(env), 0);
  const tokens = rowsOf(env, image, memory);
  expect(tokens.count).toBeGreaterThan(2);
  for (let token = 0; token < tokens.count; token++) {
    const place = placeOfTarget(FIRST_TOKEN + token, tokens)!;
    const cell = worldCellOf(place, poseOf(env))!;
    expect(env.state.ids[env.state.index(cell.x, cell.y)]).toBeGreaterThanOrEqual(0);
    expect(placeOf(poseOf(env), cell.x, cell.y)).toEqual(place);
    expect(targetAt(place, tokens)).toBe(FIRST_TOKEN + token);
  }
});

test('a remembered object is aimed at from any distance; a place without one is drawn in to the nearest cell', () => {
  const row = (cells: string) => `## ${cells} ##\n`;
  const wide = Array.from({ length: 12 }, (_, i) => (i === 1 ? 'rb' : i === 2 ? 'A<' : '..'));
  const wall = Array.from({ length: 14 }, () => '##').join(' ');
  const env = createEnv(
    `layout:mission: go to the red ball\n\n${wall}\n${row(wide.join(' '))}${wall}\n`,
  );
  let { image } = env.reset(0);
  const memory = new Memory();
  memory.begin(14, 3);
  memory.see(image, 0, poseOf(env), 0);
  const away = [Action.right, Action.right, ...Array.from({ length: 9 }, () => Action.forward)];
  for (const [step, action] of away.entries()) {
    image = env.step(action).observation.image;
    memory.see(image, 0, poseOf(env), step + 1);
  }
  const tokens = rowsOf(env, image, memory);
  const place = placeOf(poseOf(env), 2, 1);
  expect(place).toEqual({ right: 0, forward: -10 });
  const target = targetAt(place, tokens);
  expect(target).toBeGreaterThanOrEqual(FIRST_TOKEN);
  expect(placeOfTarget(target, tokens)).toEqual(place);
  expect(typeOf(memory.objects(poseOf(env), 9)[target - FIRST_TOKEN].code)).toBe(ObjectType.ball);

  const free = targetAt({ right: 0, forward: -8 }, tokens);
  expect(placeOfTarget(free, tokens)).toEqual({ right: 0, forward: -GOAL_REACH });
  expect(placeOfTarget(GOAL_NONE, tokens)).toBeUndefined();
});

test('events are tokens that nothing aims at', () => {
  const env = createEnv(
    'layout:mission: pick up the red ball\n\n## ## ## ##\n## A> rb ##\n## ## ## ##\n',
  );
  const memory = new Memory();
  memory.begin(4, 3);
  memory.see(env.reset(0).image, 0, poseOf(env), 0);
  const { image } = env.step(Action.pickup).observation;
  memory.see(image, 0, poseOf(env), 1);
  const tokens = rowsOf(env, image, memory);
  expect(tokens.count).toBe(1);
  expect(placeOfTarget(FIRST_TOKEN, tokens)).toBeUndefined();
});
