// Longer than most files: the rules of a step, as Minigrid has them in one class.
import { Action, DoorState, NUM_ACTIONS, ObjectType, VIEW_BYTES } from '../shared/constants.ts';
import { RoomBuilder } from './builder.ts';
import { cellState, cellType, EMPTY_CELL } from './cells.ts';
import { generate } from './generate.ts';
import { leavesOf, navigationsNeeded, Status } from './instructions.ts';
import { resolveLevel } from './language/resolve.ts';
import type { LevelSpec } from './levels/family.ts';
import { assertSeed, Generator, type GeneratorState, type Seed } from './rng.ts';
import { captureSnapshot, type EnvSnapshot, restoreSnapshot } from './snapshot.ts';
import type { EnvState } from './state.ts';
import { EndBit, type Observation, StepEvent, type StepResult } from './types.ts';
import { refreshPositions, resetInstruction, verify } from './verify.ts';
import { renderView } from './view.ts';

/**
 * One BabyAI environment, exact to the byte with Python Minigrid's: same seed, same level, mission,
 * observations, rewards and endings.
 */
export class BabyAIEnv {
  readonly level: LevelSpec;
  /** Live: changed in place by `reset` and `step`. */
  readonly state: EnvState;
  /** What the newest action did; `useless` after a reset. */
  event: StepEvent = StepEvent.useless;
  /** Object that the event is about, or -1. */
  eventObject = -1;
  /** Mission reward of the newest step. */
  reward = 0;
  /** Seed of the newest seeded reset; undefined before one. */
  seed: Seed | undefined;
  /** Resets without a seed since then. */
  resetsSinceSeed = 0;
  /** True where the newest action may have changed what the agent sees. */
  viewChanged = true;
  /** True where the first view no longer shows the world, though no action has changed it. */
  private staleView = false;
  /** True where an object has moved since positions were last looked up. */
  private objectsMoved = false;
  private readonly builder: RoomBuilder;
  private readonly image = new Uint8Array(VIEW_BYTES);

  constructor(level: LevelSpec) {
    this.level = level;
    this.builder = new RoomBuilder(level.shape, new Generator(0));
    this.state = this.builder.state;
  }

  get mission(): string {
    return this.state.mission;
  }

  /**
   * Starts an episode. With a seed the level is drawn from that seed's stream; without one the old
   * stream goes on (the first time: from a random seed). As in Minigrid a used environment may draw a
   * different level than a fresh one for the same seed, because the Synth family remembers its locked
   * room; call `forget` first where that must not be.
   *
   * The observation returned by the PutNext…Carrying levels still shows the object that then is handed
   * to the agent (Minigrid's order). Throws EndlessGenerationError where Python would hang.
   */
  reset(seed?: Seed): Observation {
    this.begin(seed);
    return this.observation();
  }

  /** As `reset`, writing the first image to `into` from `offset`. */
  resetInto(seed: Seed | undefined, into: Uint8Array, offset: number): void {
    this.begin(seed);
    into.set(this.image, offset);
  }

  /** Makes the next reset draw what a brand-new environment would. */
  forget(): void {
    this.builder.rememberedRoom = -1;
  }

  private begin(seed: Seed | undefined): void {
    const first = this.seed === undefined;
    if (seed !== undefined) {
      assertSeed(seed);
      this.seed = seed;
      this.resetsSinceSeed = 0;
      this.builder.rng.seed(seed);
    } else if (first) {
      this.seed = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
      this.builder.rng.seed(this.seed);
    } else this.resetsSinceSeed++;
    const { state, builder } = this;
    const instruction = generate(this.level, builder);
    state.carrying = -1;
    state.stepCount = 0;
    this.event = StepEvent.useless;
    this.eventObject = -1;
    this.reward = 0;
    this.viewChanged = true;
    this.staleView = false;
    this.objectsMoved = false;
    renderView(state, this.image, 0);
    resetInstruction(instruction, state);
    state.setInstruction(instruction);
    const limit = this.level.maxSteps;
    state.maxSteps =
      limit.rule === 'fixed' ? limit.value : limit.perNav * navigationsNeeded(instruction);
    if (builder.handOver >= 0) {
      // The object's remembered position stays what it was: only the cell is emptied.
      const id = builder.handOver;
      state.clearCell(state.index(state.objectX[id], state.objectY[id]));
      state.carrying = id;
      this.staleView = true;
      this.objectsMoved = true;
    }
  }

  /** One step. Allowed after the end too, as in Minigrid. Throws a RangeError for an unknown action. */
  step(action: number): StepResult {
    const end = this.advance(action);
    if (this.viewChanged) renderView(this.state, this.image, 0);
    return {
      observation: this.observation(),
      reward: this.reward,
      terminated: (end & EndBit.terminated) !== 0,
      truncated: (end & EndBit.truncated) !== 0,
      success: (end & EndBit.success) !== 0,
    };
  }

  /**
   * The step without the observation, for hot loops: returns EndBit flags, leaves the mission reward in
   * `reward`, what happened in `event`, and in `viewChanged` whether the view must be drawn anew.
   */
  advance(action: number): number {
    const state = this.state;
    state.stepCount++;
    this.act(action);
    if (action === Action.drop && this.objectsMoved) {
      refreshPositions(state.instruction, state);
      this.objectsMoved = false;
    }
    const status = verify(state.instruction, state, action);
    let end = state.stepCount >= state.maxSteps ? EndBit.truncated : 0;
    this.reward = 0;
    if (status === Status.success) {
      end |= EndBit.terminated | EndBit.success;
      this.reward = 1 - 0.9 * (state.stepCount / state.maxSteps);
    } else if (status === Status.failure) end |= EndBit.terminated;
    return end;
  }

  private act(action: number): void {
    const state = this.state;
    this.event = StepEvent.useless;
    this.eventObject = -1;
    this.viewChanged = this.staleView;
    this.staleView = false;
    switch (action) {
      case Action.left:
      case Action.right:
        state.agentDir = (state.agentDir + (action === Action.left ? 3 : 1)) & 3;
        this.happened(StepEvent.turned, -1);
        break;
      case Action.forward: {
        const front = state.frontIndex();
        const code = state.codes[front];
        if (
          code === EMPTY_CELL ||
          (cellType(code) === ObjectType.door && cellState(code) === DoorState.open)
        ) {
          state.moveAhead();
          this.happened(StepEvent.moved, -1);
        } else {
          this.event = StepEvent.bumped;
          this.eventObject = state.ids[front];
        }
        break;
      }
      case Action.pickup: {
        const id = state.frontObject();
        if (id >= 0 && state.carrying < 0 && !state.isDoor(id)) {
          state.carrying = id;
          state.objectX[id] = -1;
          state.objectY[id] = -1;
          state.clearCell(state.frontIndex());
          this.objectsMoved = true;
          this.happened(StepEvent.pickedUp, id);
        }
        break;
      }
      case Action.drop: {
        const id = state.carrying;
        if (id >= 0 && state.frontCode() === EMPTY_CELL) {
          state.carrying = -1;
          state.putObject(id, state.frontX, state.frontY);
          this.objectsMoved = true;
          this.happened(StepEvent.dropped, id);
        }
        break;
      }
      case Action.toggle:
        this.toggle();
        break;
      case Action.done:
        break;
      default:
        state.stepCount--;
        throw new RangeError(`action is ${action}; accepted: 0 to ${NUM_ACTIONS - 1}`);
    }
  }

  private toggle(): void {
    const state = this.state;
    const id = state.frontObject();
    if (id < 0) return;
    const type = state.objectType[id];
    if (type === ObjectType.box) {
      const content = state.objectContains[id];
      const x = state.objectX[id];
      const y = state.objectY[id];
      state.clearCell(state.frontIndex());
      state.objectX[id] = -1;
      state.objectY[id] = -1;
      if (content >= 0) state.putObject(content, x, y);
      this.objectsMoved = true;
      this.happened(StepEvent.openedBox, id);
    } else if (type === ObjectType.door) {
      const door = state.doorState(id);
      if (door === DoorState.locked) {
        const key = state.carrying;
        if (
          key < 0 ||
          state.objectType[key] !== ObjectType.key ||
          state.objectColor[key] !== state.objectColor[id]
        )
          return;
        state.redraw(id, DoorState.open);
        this.happened(StepEvent.unlockedDoor, id);
      } else if (door === DoorState.closed) {
        state.redraw(id, DoorState.open);
        this.happened(StepEvent.openedDoor, id);
      } else {
        state.redraw(id, DoorState.closed);
        this.happened(StepEvent.closedDoor, id);
      }
    }
  }

  private happened(event: StepEvent, object: number): void {
    this.event = event;
    this.eventObject = object;
    this.viewChanged = true;
  }

  private observation(): Observation {
    return {
      image: this.image.slice(),
      direction: this.state.agentDir,
      mission: this.state.mission,
    };
  }

  /** Draws the present view into `into` (147 bytes from `offset`). Unlike the observation of a reset, it is never stale. */
  observe(into: Uint8Array = new Uint8Array(VIEW_BYTES), offset = 0): Uint8Array {
    renderView(this.state, into, offset);
    return into;
  }

  /** Minigrid's grid encoding, width*height*3 bytes, `(x*height + y)*3 + c`; the agent is not in it. */
  gridBytes(): Uint8Array {
    return this.state.gridBytes();
  }
  /** Unsigned 32-bit hash of grid, agent, carried object and step count. */
  stateHash(): number {
    return this.state.hash();
  }
  /** State of the random generator, as numpy shows it. Steps draw nothing. */
  rngState(): GeneratorState {
    return this.builder.rng.getState();
  }

  /** A copy of the full state (random generator and instruction answers included). */
  snapshot(): EnvSnapshot {
    return captureSnapshot(this.state, this.builder);
  }
  /** Goes back to a snapshot of this environment, or of another of the same level. */
  restore(snapshot: EnvSnapshot): void {
    restoreSnapshot(snapshot, this.state, this.builder);
    this.event = StepEvent.useless;
    this.eventObject = -1;
    this.reward = 0;
    this.viewChanged = true;
    this.objectsMoved = true;
    renderView(this.state, this.image, 0);
  }

  /** The instruction's leaves, in the order spoken. */
  leaves() {
    return leavesOf(this.state.instruction);
  }
}

export interface EnvOptions {
  /** Reset at once with this seed. */
  readonly seed?: Seed;
}

/**
 * A fresh environment of a level: a registered id, `mission:…` or `layout:…` (see language/README.md), or a
 * level spec. Throws an error that says what is accepted.
 */
export function createEnv(level: string | LevelSpec, options: EnvOptions = {}): BabyAIEnv {
  const env = new BabyAIEnv(typeof level === 'string' ? resolveLevel(level) : level);
  if (options.seed !== undefined) env.reset(options.seed);
  return env;
}
