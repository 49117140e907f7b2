import { goTo } from '../instructions.ts';
import { family } from './family.ts';

const GREY = 5;
const RED = 0;
const BLUE = 2;

export const goToRedBallGrey = family({
  name: 'GoToRedBallGrey',
  title: 'Go to the red ball (grey distractors)',
  description: 'Go to the only coloured thing in the room: the red ball.',
  skill: 'goto',
  params: { roomSize: 8, numDists: 7 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b, { numDists }) {
    b.agent();
    const ball = b.object(0, 0, 'ball', RED);
    for (const id of b.distract(numDists, { unique: false })) {
      b.state.objectColor[id] = GREY;
      b.state.redraw(id);
    }
    b.requireReachable();
    return goTo(b.describe(ball));
  },
  levels: { GoToRedBallGrey: {} },
});

export const goToRedBall = family({
  name: 'GoToRedBall',
  title: 'Go to the red ball',
  description: 'Go to the red ball, among other things that may be red or balls too.',
  skill: 'goto',
  params: { roomSize: 8, numDists: 7 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b, { numDists }) {
    b.agent();
    const ball = b.object(0, 0, 'ball', RED);
    b.distract(numDists, { unique: false });
    b.requireReachable();
    return goTo(b.describe(ball));
  },
  levels: { GoToRedBall: {}, GoToRedBallNoDists: { numDists: 0 } },
});

export const goToObj = family({
  name: 'GoToObj',
  title: 'Go to the object',
  description: 'Go to the only object in the room.',
  skill: 'goto',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b) {
    b.agent();
    return goTo(b.describe(b.distract(1)[0]));
  },
  levels: { GoToObj: {}, GoToObjS4: { roomSize: 4 }, 'GoToObjS6-v1': { roomSize: 6 } },
});

export const goToLocal = family({
  name: 'GoToLocal',
  title: 'Go to an object in the room',
  description: 'Go to the object that the sentence names, among others in the same room.',
  skill: 'goto',
  params: { roomSize: 8, numDists: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b, { numDists }) {
    b.agent();
    const objects = b.distract(numDists, { unique: false });
    b.requireReachable();
    return goTo(b.describe(b.pick(objects)));
  },
  levels: {
    GoToLocal: {},
    GoToLocalS5N2: { roomSize: 5, numDists: 2 },
    GoToLocalS6N2: { roomSize: 6, numDists: 2 },
    GoToLocalS6N3: { roomSize: 6, numDists: 3 },
    GoToLocalS6N4: { roomSize: 6, numDists: 4 },
    GoToLocalS7N4: { roomSize: 7, numDists: 4 },
    GoToLocalS7N5: { roomSize: 7, numDists: 5 },
    GoToLocalS8N2: { numDists: 2 },
    GoToLocalS8N3: { numDists: 3 },
    GoToLocalS8N4: { numDists: 4 },
    GoToLocalS8N5: { numDists: 5 },
    GoToLocalS8N6: { numDists: 6 },
    GoToLocalS8N7: { numDists: 7 },
  },
});

export const goToRedBlueBall = family({
  name: 'GoToRedBlueBall',
  title: 'Go to the red or the blue ball',
  description: 'Go to the red or to the blue ball; only one of the two is there.',
  skill: 'goto',
  params: { roomSize: 8, numDists: 7 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b, { numDists }) {
    b.agent();
    for (const id of b.distract(numDists, { unique: false })) {
      const color = b.state.objectColor[id];
      if (b.typeOf(id) === 'ball' && (color === RED || color === BLUE)) b.reject();
    }
    const ball = b.object(0, 0, 'ball', b.pick([RED, BLUE]));
    b.requireReachable();
    return goTo(b.describe(ball));
  },
  levels: { GoToRedBlueBall: {} },
});

export const goToDoor = family({
  name: 'GoToDoor',
  title: 'Go to a door',
  description: 'Go to the door that the sentence names, without leaving the room.',
  skill: 'goto',
  world: 'single room',
  params: { roomSize: 7 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    const doors = [b.door(1, 1), b.door(1, 1), b.door(1, 1), b.door(1, 1)];
    b.agent(1, 1);
    return goTo(b.describe(b.pick(doors)));
  },
  levels: { GoToDoor: {} },
});

export const goToObjDoor = family({
  name: 'GoToObjDoor',
  title: 'Go to an object or a door',
  description: 'Go to an object or to a door of the room, as the sentence says.',
  skill: 'goto',
  world: 'single room',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    b.agent(1, 1);
    const things = b.distract(8, { i: 1, j: 1, unique: false });
    for (let n = 0; n < 4; n++) things.push(b.door(1, 1));
    b.requireReachable();
    return goTo(b.describe(b.pick(things)));
  },
  levels: { GoToObjDoor: {} },
});
