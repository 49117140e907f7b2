import { after, before, describe, LOCATIONS, open } from '../instructions.ts';
import { Side } from '../roomGrid.ts';
import { family } from './family.ts';

const RED = 0;
const BLUE = 2;

export const openMaze = family({
  name: 'Open',
  title: 'Open a door in a maze',
  description: 'Find and open a door of the named colour, in a maze of rooms.',
  skill: 'open',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    b.agent();
    b.connect();
    b.distract(18, { unique: false });
    b.requireReachable();
    return open(b.describe(b.pick(b.doorsOfRooms())));
  },
  levels: { Open: {} },
});

export const openRedDoor = family({
  name: 'OpenRedDoor',
  title: 'Open the red door',
  description: 'Open the only door, which is red and not locked.',
  skill: 'open',
  params: { roomSize: 5 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 2 }),
  build(b) {
    b.door(0, 0, { side: Side.right, color: RED, locked: false });
    b.agent(0, 0);
    return open(describe('door', 'red'));
  },
  levels: { OpenRedDoor: {} },
});

export const openDoor = family({
  name: 'OpenDoor',
  title: 'Open a door of the room',
  description: 'Open one of the four doors around, named by its colour or by where it is.',
  skill: 'open',
  world: 'single room',
  params: { roomSize: 8, debug: false as boolean, selectBy: null as 'color' | 'loc' | null },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b, { debug, selectBy }) {
    const doors = b
      .subset(b.colors(), 4)
      .map((color, side) => b.door(1, 1, { side, color, locked: false }));
    const by = selectBy ?? b.pick(['color', 'loc'] as const);
    const desc = by === 'color' ? b.describe(doors[0]) : describe('door', null, b.pick(LOCATIONS));
    b.agent(1, 1);
    return open(desc, debug);
  },
  levels: {
    OpenDoor: {},
    OpenDoorDebug: { debug: true },
    OpenDoorColor: { selectBy: 'color' },
    OpenDoorLoc: { selectBy: 'loc' },
  },
});

export const openTwoDoors = family({
  name: 'OpenTwoDoors',
  title: 'Open two doors in order',
  description: 'Open the door on the left and then the one on the right, named by colour.',
  skill: 'sequence',
  world: 'single room',
  params: { roomSize: 6, redBlue: false as boolean, strict: false as boolean },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  maxSteps: ({ roomSize }) => 20 * roomSize ** 2,
  build(b, { redBlue, strict }) {
    const drawn = b.subset(b.colors(), 2);
    const [first, second] = redBlue ? [RED, BLUE] : drawn;
    const left = b.door(1, 1, { side: Side.left, color: first, locked: false });
    const right = b.door(1, 1, { side: Side.right, color: second, locked: false });
    b.agent(1, 1);
    return before(open(b.describe(left), strict), open(b.describe(right)));
  },
  levels: {
    OpenTwoDoors: {},
    OpenRedBlueDoors: { redBlue: true },
    OpenRedBlueDoorsDebug: { redBlue: true, strict: true },
  },
});

export const openDoorsOrder = family({
  name: 'OpenDoorsOrder',
  title: 'Open one or two doors in the order said',
  description: 'Open one or two of the doors around; the sentence says which comes first.',
  skill: 'sequence',
  world: 'single room',
  params: { roomSize: 6, numDoors: 2, debug: false as boolean },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  maxSteps: ({ roomSize }) => 20 * roomSize ** 2,
  build(b, { numDoors, debug }) {
    const doors = b
      .subset(b.colors(), numDoors)
      .map((color) => b.door(1, 1, { color, locked: false }));
    b.agent(1, 1);
    const [first, second] = b.subset(doors, 2).map((id) => open(b.describe(id), debug));
    const mode = b.int(0, 3);
    return mode === 0 ? first : mode === 1 ? before(first, second) : after(first, second);
  },
  levels: {
    OpenDoorsOrderN2: { numDoors: 2 },
    OpenDoorsOrderN4: { numDoors: 4 },
    OpenDoorsOrderN2Debug: { numDoors: 2, debug: true },
    OpenDoorsOrderN4Debug: { numDoors: 4, debug: true },
  },
});
