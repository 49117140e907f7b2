import { DoorState } from '../../shared/constants.ts';
import { goTo } from '../instructions.ts';
import { family } from './family.ts';
import { drawMission } from './levelgen.ts';

export const goToMaze = family({
  name: 'GoTo',
  title: 'Go to an object in a maze',
  description: 'Find the object that the sentence names, in a maze of rooms joined by doors.',
  skill: 'goto',
  params: { roomSize: 8, rows: 3, cols: 3, numDists: 18, doorsOpen: false as boolean },
  rooms: ({ roomSize, rows, cols }) => ({ roomSize, rows, cols }),
  build(b, { numDists, doorsOpen }) {
    b.agent();
    b.connect();
    const objects = b.distract(numDists, { unique: false });
    b.requireReachable();
    const target = b.pick(objects);
    if (doorsOpen) for (const id of b.doorsOfRooms()) b.state.redraw(id, DoorState.open);
    return goTo(b.describe(target));
  },
  levels: {
    GoTo: {},
    GoToOpen: { doorsOpen: true },
    GoToObjMaze: { numDists: 1 },
    GoToObjMazeOpen: { numDists: 1, doorsOpen: true },
    GoToObjMazeS4R2: { numDists: 1, roomSize: 4, rows: 2, cols: 2 },
    GoToObjMazeS4: { numDists: 1, roomSize: 4 },
    GoToObjMazeS5: { numDists: 1, roomSize: 5 },
    GoToObjMazeS6: { numDists: 1, roomSize: 6 },
    GoToObjMazeS7: { numDists: 1, roomSize: 7 },
  },
});

export const goToImpUnlock = family({
  name: 'GoToImpUnlock',
  title: 'Go to an object behind a locked door',
  description: 'Go to an object in a locked room: find the key first, though nobody says so.',
  skill: 'unlock',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    const i = b.int(0, 3);
    const j = b.int(0, 3);
    const door = b.door(i, j, { locked: true });
    // Minigrid means to keep the key out of the locked room, but its test never holds.
    b.object(b.int(0, 3), b.int(0, 3), 'key', b.state.objectColor[door]);
    b.connect();
    for (let column = 0; column < 3; column++)
      for (let row = 0; row < 3; row++) b.distract(2, { i: column, j: row, unique: false });
    do b.agent();
    while (b.agentRoom() === b.room(i, j));
    b.requireReachable();
    const [target] = b.distract(1, { i, j, unique: false });
    return goTo(b.describe(target));
  },
  levels: { GoToImpUnlock: {} },
});

export const goToSeq = family({
  name: 'GoToSeq',
  title: 'Go to several objects in order',
  description: 'Go to one to four objects in a maze, in the order that the sentence asks for.',
  skill: 'sequence',
  params: { roomSize: 8, rows: 3, cols: 3, numDists: 18 },
  rooms: ({ roomSize, rows, cols }) => ({ roomSize, rows, cols }),
  build: (b, { numDists }) =>
    drawMission(b, {
      numDists,
      lockedRoomProb: 0,
      locations: false,
      unblocking: false,
      actionKinds: ['goto'],
    }),
  levels: { GoToSeq: {}, GoToSeqS5R2: { roomSize: 5, rows: 2, cols: 2, numDists: 4 } },
});
