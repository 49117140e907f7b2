import { before, putNext } from '../instructions.ts';
import { Side } from '../roomGrid.ts';
import { family } from './family.ts';

export const putNextLocal = family({
  name: 'PutNextLocal',
  title: 'Put an object next to another',
  description: 'Carry the object named first to the one named second, within one room.',
  skill: 'putnext',
  params: { roomSize: 8, numObjs: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b, { numObjs }) {
    b.agent();
    const objects = b.distract(numObjs);
    b.requireReachable();
    const [moved, fixed] = b.subset(objects, 2);
    return putNext(b.describe(moved), b.describe(fixed));
  },
  levels: {
    PutNextLocal: {},
    PutNextLocalS5N3: { roomSize: 5, numObjs: 3 },
    PutNextLocalS6N4: { roomSize: 6, numObjs: 4 },
  },
});

export const putNextTwoRooms = family({
  name: 'PutNext',
  title: 'Put an object next to one in the other room',
  description: 'Carry an object across the opening between two rooms, next to another one.',
  skill: 'putnext',
  params: { roomSize: 5, objsPerRoom: 1, startCarrying: false as boolean },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 2 }),
  maxSteps: ({ roomSize }) => 8 * roomSize ** 2,
  build(b, { objsPerRoom, startCarrying }) {
    b.agent(0, 0);
    const left = b.distract(objsPerRoom, { i: 0, j: 0 });
    const right = b.distract(objsPerRoom, { i: 1, j: 0 });
    b.removeWall(0, 0, Side.right);
    let moved = b.pick(left);
    let fixed = b.pick(right);
    if (b.bool()) [moved, fixed] = [fixed, moved];
    if (startCarrying) b.handOver = moved;
    return putNext(b.describe(moved), b.describe(fixed));
  },
  levels: {
    PutNextS4N1: { roomSize: 4 },
    PutNextS5N2: { objsPerRoom: 2 },
    PutNextS5N1: {},
    PutNextS6N3: { roomSize: 6, objsPerRoom: 3 },
    PutNextS7N4: { roomSize: 7, objsPerRoom: 4 },
    PutNextS5N2Carrying: { objsPerRoom: 2, startCarrying: true },
    PutNextS6N3Carrying: { roomSize: 6, objsPerRoom: 3, startCarrying: true },
    PutNextS7N4Carrying: { roomSize: 7, objsPerRoom: 4, startCarrying: true },
  },
});

export const moveTwoAcross = family({
  name: 'MoveTwoAcross',
  title: 'Move two objects across',
  description: 'Carry one object to the other room and then another one back.',
  skill: 'sequence',
  params: { roomSize: 5, objsPerRoom: 2 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 2 }),
  maxSteps: ({ roomSize }) => 16 * roomSize ** 2,
  build(b, { objsPerRoom }) {
    b.agent(0, 0);
    const left = b.distract(objsPerRoom, { i: 0, j: 0 });
    const right = b.distract(objsPerRoom, { i: 1, j: 0 });
    b.removeWall(0, 0, Side.right);
    const [a, d] = b.subset(left, 2).map((id) => b.describe(id));
    const [to, c] = b.subset(right, 2).map((id) => b.describe(id));
    return before(putNext(a, to), putNext(c, d));
  },
  levels: {
    MoveTwoAcrossS5N2: {},
    MoveTwoAcrossS8N9: { roomSize: 8, objsPerRoom: 9 },
  },
});
