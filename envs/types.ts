/** Public types of an environment. */

export interface Observation {
  /** 147 bytes: view cell (vx, vy), channel c (object, colour, state) at `(vx*7 + vy)*3 + c`. */
  readonly image: Uint8Array;
  readonly direction: number;
  readonly mission: string;
}

export interface StepResult {
  readonly observation: Observation;
  /** Minigrid's mission reward: 0, or `1 - 0.9 * steps / maxSteps` on success. */
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** Terminated because the mission is done (a strict instruction may also end in failure). */
  readonly success: boolean;
}

/** What the newest action changed. `eventObject` of the environment names the object concerned. */
export const StepEvent = {
  /** Nothing happened: done, or a pick-up, drop or toggle in vain. */
  useless: 0,
  turned: 1,
  moved: 2,
  /** Walked into something that does not give way. */
  bumped: 3,
  pickedUp: 4,
  dropped: 5,
  openedDoor: 6,
  closedDoor: 7,
  unlockedDoor: 8,
  openedBox: 9,
} as const;
export type StepEvent = (typeof StepEvent)[keyof typeof StepEvent];

/** Bits of what `BabyAIEnv.advance` returns. */
export const EndBit = { terminated: 1, truncated: 2, success: 4 } as const;
