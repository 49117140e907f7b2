import { ObjectType } from '../../shared/constants.ts';
import { describe, open, pickUp } from '../instructions.ts';
import { Side } from '../roomGrid.ts';
import { family } from './family.ts';

export const unlockMaze = family({
  name: 'Unlock',
  title: 'Unlock a door in a maze',
  description: 'Find the key of a locked door in a maze, and open that door.',
  skill: 'unlock',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    const i = b.int(0, 3);
    const j = b.int(0, 3);
    const door = b.door(i, j, { locked: true });
    const color = b.state.objectColor[door];
    // Minigrid means to keep key and distractors out of the locked room, but its test never holds.
    b.object(b.int(0, 3), b.int(0, 3), 'key', color);
    b.connect(b.bool() ? b.colors(color) : b.colors());
    for (let column = 0; column < 3; column++)
      for (let row = 0; row < 3; row++) b.distract(3, { i: column, j: row, unique: false });
    do b.agent();
    while (b.agentRoom() === b.room(i, j));
    b.requireReachable();
    return open(b.describe(door));
  },
  levels: { Unlock: {} },
});

export const unlockLocal = family({
  name: 'UnlockLocal',
  title: 'Unlock the door of the room',
  description: 'Take the key that lies in the room and open the locked door.',
  skill: 'unlock',
  world: 'single room',
  params: { roomSize: 8, distractors: false as boolean },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b, { distractors }) {
    const door = b.door(1, 1, { locked: true });
    b.object(1, 1, 'key', b.state.objectColor[door]);
    if (distractors) b.distract(3, { i: 1, j: 1 });
    b.agent(1, 1);
    return open(describe('door'));
  },
  levels: { UnlockLocal: {}, UnlockLocalDist: { distractors: true } },
});

export const keyInBox = family({
  name: 'KeyInBox',
  title: 'Unlock the door with a key from a box',
  description: 'Open the box, take the key out of it and open the locked door.',
  skill: 'unlock',
  world: 'single room',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    const door = b.door(1, 1, { locked: true });
    const key = b.state.addObject(ObjectType.key, b.state.objectColor[door]);
    b.place(1, 1, b.state.addObject(ObjectType.box, b.color(), key));
    b.agent(1, 1);
    return open(describe('door'));
  },
  levels: { KeyInBox: {} },
});

export const unlockPickup = family({
  name: 'UnlockPickup',
  title: 'Pick up the box in the locked room',
  description: 'Unlock the door with the key of this room and pick up the box behind it.',
  skill: 'unlock',
  params: { roomSize: 6, distractors: false as boolean },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 2 }),
  build(b, { distractors }) {
    const box = b.object(1, 0, 'box');
    const door = b.door(0, 0, { side: Side.right, locked: true });
    b.object(0, 0, 'key', b.state.objectColor[door]);
    if (distractors) b.distract(4);
    b.agent(0, 0);
    return pickUp(b.describe(box));
  },
  levels: { UnlockPickup: {}, UnlockPickupDist: { distractors: true } },
});

export const blockedUnlockPickup = family({
  name: 'BlockedUnlockPickup',
  title: 'Pick up the box behind a blocked, locked door',
  description:
    'Move the ball that blocks the locked door, unlock it and pick up the box behind it.',
  skill: 'unblock',
  params: { roomSize: 6 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 2 }),
  maxSteps: ({ roomSize }) => 16 * roomSize ** 2,
  build(b) {
    b.object(1, 0, 'box');
    const door = b.door(0, 0, { side: Side.right, locked: true });
    const { state } = b;
    const ball = state.addObject(ObjectType.ball, b.color());
    state.putObject(ball, state.objectX[door] - 1, state.objectY[door]);
    b.object(0, 0, 'key', state.objectColor[door]);
    b.agent(0, 0);
    return pickUp(describe('box'));
  },
  levels: { BlockedUnlockPickup: {} },
});

export const unlockToUnlock = family({
  name: 'UnlockToUnlock',
  title: 'Unlock a door to get the key of another',
  description: 'The key of one locked door lies behind another: pick up the ball in the end.',
  skill: 'unlock',
  params: { roomSize: 6 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 3 }),
  maxSteps: ({ roomSize }) => 30 * roomSize ** 2,
  build(b) {
    const [first, second] = b.subset(b.colors(), 2);
    b.door(0, 0, { side: Side.right, color: first, locked: true });
    b.object(2, 0, 'key', first);
    b.door(1, 0, { side: Side.right, color: second, locked: true });
    b.object(1, 0, 'key', second);
    b.object(0, 0, 'ball');
    b.agent(1, 0);
    return pickUp(describe('ball'));
  },
  levels: { UnlockToUnlock: {} },
});
