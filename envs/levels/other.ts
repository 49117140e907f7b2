import type { LooseType } from '../builder.ts';
import { describe, goTo, open, pickUp } from '../instructions.ts';
import { Side } from '../roomGrid.ts';
import { family } from './family.ts';

export const actionObjDoor = family({
  name: 'ActionObjDoor',
  title: 'Go to, pick up or open',
  description: 'Go to or pick up an object of the room, or go to or open one of its doors.',
  skill: 'open',
  world: 'single room',
  params: { roomSize: 7 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    const things = b.distract(5, { i: 1, j: 1 });
    for (let n = 0; n < 4; n++) things.push(b.door(1, 1, { locked: false }));
    b.agent(1, 1);
    const target = b.pick(things);
    const desc = b.describe(target);
    if (b.bool()) return goTo(desc);
    return b.typeOf(target) === 'door' ? open(desc) : pickUp(desc);
  },
  levels: { ActionObjDoor: {} },
});

export const findObj = family({
  name: 'FindObj',
  title: 'Find an object and pick it up',
  description: 'Pick up the only object; it lies in any of nine rooms.',
  skill: 'pickup',
  params: { roomSize: 5 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  maxSteps: ({ roomSize }) => 20 * roomSize ** 2,
  build(b) {
    const target = b.object(b.int(0, 3), b.int(0, 3));
    b.agent(1, 1);
    b.connect();
    return pickUp(describe(b.typeOf(target)));
  },
  levels: { FindObjS5: {}, FindObjS6: { roomSize: 6 }, FindObjS7: { roomSize: 7 } },
});

export const keyCorridor = family({
  name: 'KeyCorridor',
  title: 'Find the key along the corridor',
  description: 'Search the rooms on the left for the key of the locked room on the right.',
  skill: 'unlock',
  world: 'corridor',
  params: { roomSize: 6, rows: 3, objType: 'ball' as LooseType },
  rooms: ({ roomSize, rows }) => ({ roomSize, rows, cols: 3 }),
  maxSteps: ({ roomSize }) => 30 * roomSize ** 2,
  build(b, { rows, objType }) {
    for (let j = 1; j < rows; j++) b.removeWall(1, j, Side.up);
    const lockedRow = b.int(0, rows);
    const door = b.door(2, lockedRow, { side: Side.left, locked: true });
    b.object(2, lockedRow, objType);
    b.object(0, b.int(0, rows), 'key', b.state.objectColor[door]);
    b.agent(1, rows >> 1);
    b.connect();
    return pickUp(describe(objType));
  },
  levels: {
    KeyCorridor: {},
    KeyCorridorS3R1: { roomSize: 3, rows: 1 },
    KeyCorridorS3R2: { roomSize: 3, rows: 2 },
    KeyCorridorS3R3: { roomSize: 3 },
    KeyCorridorS4R3: { roomSize: 4 },
    KeyCorridorS5R3: { roomSize: 5 },
    KeyCorridorS6R3: {},
  },
});

export const oneRoom = family({
  name: 'OneRoom',
  title: 'Pick up the ball',
  description: 'Pick up the only ball in a room that is larger than the view.',
  skill: 'pickup',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b) {
    b.object(0, 0, 'ball');
    b.agent();
    return pickUp(describe('ball'));
  },
  levels: {
    OneRoomS8: {},
    OneRoomS12: { roomSize: 12 },
    OneRoomS16: { roomSize: 16 },
    OneRoomS20: { roomSize: 20 },
  },
});
