import { describe, pickUp } from '../instructions.ts';
import { Side } from '../roomGrid.ts';
import { family } from './family.ts';
import { drawMission } from './levelgen.ts';

export const pickupMaze = family({
  name: 'Pickup',
  title: 'Pick up an object in a maze',
  description: 'Find and pick up the object that the sentence names, in a maze of rooms.',
  skill: 'pickup',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    b.agent();
    b.connect();
    const objects = b.distract(18, { unique: false });
    b.requireReachable();
    return pickUp(b.describe(b.pick(objects)));
  },
  levels: { Pickup: {} },
});

export const unblockPickup = family({
  name: 'UnblockPickup',
  title: 'Pick up an object that may be blocked',
  description: 'Pick up an object in a maze where things may have to be moved out of the way.',
  skill: 'unblock',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  build(b) {
    b.agent();
    b.connect();
    const objects = b.distract(20, { unique: false });
    if (b.allReachable()) b.reject();
    return pickUp(b.describe(b.pick(objects)));
  },
  levels: { UnblockPickup: {} },
});

export const pickupLoc = family({
  name: 'PickupLoc',
  title: 'Pick up an object by its place',
  description: 'Pick up an object of the room; the sentence may say where it is.',
  skill: 'location',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build: (b) =>
    drawMission(b, {
      numDists: 8,
      lockedRoomProb: 0,
      unblocking: false,
      actionKinds: ['pickup'],
      instrKinds: ['action'],
    }),
  levels: { PickupLoc: {} },
});

export const pickupDist = family({
  name: 'PickupDist',
  title: 'Pick up an object by type, colour or both',
  description: 'Pick up an object among five others, named by its type, its colour or both.',
  skill: 'pickup',
  params: { roomSize: 7, debug: false as boolean },
  rooms: ({ roomSize }) => ({ roomSize, rows: 1, cols: 1 }),
  build(b, { debug }) {
    const objects = b.distract(5);
    b.agent(0, 0);
    const target = b.pick(objects);
    const by = b.pick(['type', 'color', 'both']);
    return pickUp(
      describe(by === 'color' ? null : b.typeOf(target), by === 'type' ? null : b.colorOf(target)),
      debug,
    );
  },
  levels: { PickupDist: {}, PickupDistDebug: { debug: true } },
});

export const pickupAbove = family({
  name: 'PickupAbove',
  title: 'Pick up an object in the room above',
  description: 'Go through the door above and pick up the object behind it.',
  skill: 'pickup',
  params: { roomSize: 6 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  maxSteps: ({ roomSize }) => 8 * roomSize ** 2,
  build(b) {
    const target = b.object(1, 0);
    b.door(1, 1, { side: Side.up, locked: false });
    b.agent(1, 1);
    b.connect();
    return pickUp(b.describe(target));
  },
  levels: { PickupAbove: {} },
});
