import type { PolicyConfig } from '../../policy/presets.ts';

/** One stage: everything that decides what comes out, but for how the machine rounds. */
export interface Stage {
  /** Level ids; one named twice gets twice the worlds. */
  levels: readonly string[];
  /** Environment steps. */
  steps: number;
  seed: number;
  learningRate: number;
  /** From whom it learns: the expert (by default), or its own best tries. */
  from?: 'expert' | 'itself';
}

/** How a policy is made from nothing: stages, each of which begins with what the one before made. */
export interface Recipe {
  help: string;
  stages: readonly Stage[];
  /** What of the policy is not the preset's. */
  sizes: Partial<PolicyConfig>;
}

/** Levels by their short names. */
const levels = (names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `BabyAI-${name}-v0`);

const ROOMS = levels(`
  GoToRedBallGrey GoToRedBall GoToLocal GoToLocal GoToLocal GoToObj PickupLoc PickupLoc PickupLoc
  PutNextLocal PutNextLocal PutNextLocal PutNextLocal OpenDoor OpenRedDoor OpenDoorLoc ActionObjDoor
  ActionObjDoor GoToObjDoor PickupDist PutNextLocalS6N4 GoToDoor
`);

/** All kinds of levels, with more of those that were weakest after two stages. */
const WEAKEST_AND_ALL = levels(`
  GoToImpUnlock FindObjS7 SynthS5R2 SynthSeq UnlockLocal BossLevel GoToRedBall MiniBossLevel
  GoToImpUnlock Pickup KeyCorridorS3R3 BossLevel PickupAbove GoToImpUnlock Unlock SynthSeq
  KeyCorridorS3R2 PutNextS7N4Carrying UnlockPickupDist Synth BossLevel GoToImpUnlock
  BossLevelNoUnlock MoveTwoAcrossS8N9 OpenDoorsOrderN4 GoToOpen SynthS5R2 MiniBossLevel
  GoToImpUnlock SynthSeq BossLevel GoToLocalS8N7 GoToSeq OpenDoorsOrderN4Debug PutNextLocal
  GoToImpUnlock OpenTwoDoors BossLevel UnblockPickup Unlock SynthSeq GoToImpUnlock PickupDist
  BossLevel KeyCorridorS4R3 BossLevelNoUnlock OneRoomS8 MiniBossLevel GoToImpUnlock SynthLoc
  UnlockToUnlock BossLevel UnlockLocalDist SynthS5R2 SynthSeq MoveTwoAcrossS8N9 UnlockPickup
  GoToImpUnlock GoTo BossLevel OneRoomS20 GoToSeq UnlockPickupDist GoToImpUnlock
  MoveTwoAcrossS5N2 Unlock GoToObjMazeS7 SynthSeq BossLevel GoToRedBallGrey MiniBossLevel
  GoToImpUnlock BossLevelNoUnlock GoToDoor KeyCorridorS3R3 GoToObjMazeOpen BossLevel
  OpenDoorColor GoToImpUnlock SynthS5R2 SynthSeq OpenDoorLoc GoToLocal BossLevel PutNextS4N1
  GoToImpUnlock MoveTwoAcrossS8N9 PutNextS7N4 Unlock MiniBossLevel GoToSeqS5R2 GoToImpUnlock
  SynthSeq BossLevel GoToSeq KeyCorridorS6R3 GoToObjDoor BossLevelNoUnlock ActionObjDoor
  GoToImpUnlock BossLevel PutNextLocalS6N4 SynthS5R2 SynthSeq UnlockPickupDist PickupLoc
  GoToImpUnlock PutNextS5N1 BossLevel PutNextS5N2Carrying MiniBossLevel KeyInBox GoToImpUnlock
  UnlockToUnlock OpenRedBlueDoors Unlock BossLevel Open SynthSeq MoveTwoAcrossS8N9 GoToImpUnlock
  OpenDoor BossLevelNoUnlock BossLevel BlockedUnlockPickup GoToSeq FindObjS5
`);

/**
 * How the shipped policies are made. They themselves were made with versions of this program whose goals were cells at
 * first: these stages have the same levels and numbers of steps, and point at things from the first one on.
 */
export const RECIPES = {
  default: {
    help: 'All skills, with a map of what was seen.',
    sizes: {},
    stages: [
      {
        levels: levels(`
  BossLevel GoToLocal GoTo BossLevel Unlock PickupLoc BossLevel Pickup PutNextS7N4 BossLevel GoToSeq
  SynthSeq BossLevel UnblockPickup Open BossLevel GoToRedBall BossLevel Synth PutNextLocal BossLevel
  GoTo Unlock BossLevel Pickup UnlockPickupDist BossLevel GoToSeq KeyCorridorS4R3 BossLevel SynthSeq
  ActionObjDoor BossLevel PutNextS7N4 GoTo BossLevel UnblockPickup Open BossLevel GoToImpUnlock
  PickupLoc BossLevel SynthLoc Unlock BossLevel FindObjS7 PutNextLocal BossLevel GoToRedBallGrey
  OpenDoor Synth BossLevel BlockedUnlockPickup OpenDoorsOrderN4 PickupDist MoveTwoAcrossS8N9 GoToSeq
  BossLevel Pickup GoToDoor OpenDoorLoc GoTo SynthSeq PutNextS5N2Carrying
`),
        steps: 6_717_440,
        seed: 1,
        learningRate: 0.001,
      },
      {
        levels: levels(`
  BossLevel SynthSeq GoToSeq Unlock UnlockLocalDist BossLevel UnlockPickupDist GoToImpUnlock
  SynthS5R2 MiniBossLevel GoToLocal BossLevel PutNextLocal UnlockLocal KeyInBox BossLevel
  MoveTwoAcrossS5N2 MoveTwoAcrossS8N9 KeyCorridorS3R2 KeyCorridorS6R3 BossLevel SynthSeq
  KeyCorridorS4R3 UnlockToUnlock BlockedUnlockPickup GoToObjMazeOpen BossLevel GoToOpen PickupLoc
  GoTo Pickup BossLevel GoToSeq PutNextS7N4 UnblockPickup Open BossLevel GoToRedBallGrey Synth
  ActionObjDoor SynthLoc BossLevel SynthSeq FindObjS7 OpenDoorLoc OpenDoorsOrderN4Debug
  PutNextS5N2Carrying BossLevel OneRoomS20 PickupAbove Unlock BossLevel UnlockLocalDist
  UnlockPickupDist GoToImpUnlock SynthS5R2 MiniBossLevel BossLevel GoToLocal PutNextLocal GoToSeq
  SynthSeq BossLevel
`),
        steps: 4_562_944,
        seed: 2,
        learningRate: 0.0007,
      },
      { levels: WEAKEST_AND_ALL, steps: 999_424, seed: 11, learningRate: 0.0005 },
      {
        from: 'itself',
        levels: levels(`
  GoToImpUnlock BossLevel GoToImpUnlock SynthSeq BossLevel MiniBossLevel GoToImpUnlock SynthS5R2
  BossLevel UnlockPickupDist BossLevelNoUnlock MoveTwoAcrossS8N9
`),
        steps: 1_527_808,
        seed: 21,
        learningRate: 0.0003,
      },
      { levels: WEAKEST_AND_ALL, steps: 751_616, seed: 13, learningRate: 0.0004 },
    ],
  },
  rooms: {
    help: 'Single rooms, without a map.',
    sizes: { memory: undefined },
    stages: [
      { levels: ROOMS, steps: 1_034_240, seed: 1, learningRate: 0.001 },
      { levels: ROOMS, steps: 452_608, seed: 3, learningRate: 0.0007 },
    ],
  },
} as const satisfies Record<string, Recipe>;

export type RecipeId = keyof typeof RECIPES;
export const RECIPE_IDS = Object.keys(RECIPES) as RecipeId[];
