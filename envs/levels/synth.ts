import { family } from './family.ts';
import { drawMission } from './levelgen.ts';

export const synth = family({
  name: 'Synth',
  title: 'Any single instruction',
  description: 'Go to, pick up, open or put next to, in a maze that may have a locked room.',
  skill: 'synthesis',
  params: { roomSize: 8, rows: 3, cols: 3, numDists: 18 },
  rooms: ({ roomSize, rows, cols }) => ({ roomSize, rows, cols }),
  unblocking: () => true,
  build: (b, { numDists }) =>
    drawMission(b, {
      numDists,
      locations: false,
      implicitUnlock: false,
      instrKinds: ['action'],
    }),
  levels: { Synth: {}, SynthS5R2: { roomSize: 5, rows: 2 } },
});

export const synthLoc = family({
  name: 'SynthLoc',
  title: 'Any single instruction, with places',
  description: 'Any single instruction, where the sentence may say where the object is.',
  skill: 'location',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  unblocking: () => true,
  build: (b) => drawMission(b, { implicitUnlock: false, instrKinds: ['action'] }),
  levels: { SynthLoc: {} },
});

export const synthSeq = family({
  name: 'SynthSeq',
  title: 'Any sequence of instructions',
  description: 'One to four instructions of any kind, in the order that the sentence asks for.',
  skill: 'sequence',
  params: { roomSize: 8 },
  rooms: ({ roomSize }) => ({ roomSize, rows: 3, cols: 3 }),
  unblocking: () => true,
  build: (b) => drawMission(b, { implicitUnlock: false }),
  levels: { SynthSeq: {} },
});

export const bossLevel = family({
  name: 'BossLevel',
  title: 'Everything at once',
  description: 'Any sentence of the Baby Language, in a maze where doors may be locked or blocked.',
  skill: 'synthesis',
  params: {
    roomSize: 8,
    rows: 3,
    cols: 3,
    numDists: 18,
    lockedRoomProb: 0.5,
    implicitUnlock: true as boolean,
  },
  rooms: ({ roomSize, rows, cols }) => ({ roomSize, rows, cols }),
  unblocking: () => true,
  build: (b, { numDists, lockedRoomProb, implicitUnlock }) =>
    drawMission(b, { numDists, lockedRoomProb, implicitUnlock }),
  levels: {
    MiniBossLevel: { roomSize: 5, rows: 2, cols: 2, numDists: 7, lockedRoomProb: 0.25 },
    BossLevel: {},
    BossLevelNoUnlock: { lockedRoomProb: 0, implicitUnlock: false },
  },
});
