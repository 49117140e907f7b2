import { NUM_ACTIONS } from '../../shared/constants.ts';
import { type ActResult, act, placeIn } from '../policy/act.ts';
import { InputBuilder } from '../policy/inputs.ts';
import type { Policy, Weights } from '../policy/model.ts';
import { initialCarry } from '../policy/parameters.ts';
import { GOAL_FEATURES } from '../tasks/babyai/features.ts';
import { ObservationRows } from '../tasks/babyai/observation.ts';
import { KeptGoal } from './keptGoal.ts';
import { Replanning, Seat, type SeatParts } from './seat.ts';

/** One decision at every seat. */
export interface Turn {
  table: Table;
  thought: ActResult;
  /** Action of each seat, once decided. */
  actions: Int32Array;
}

/** Takes from what is played what it needs. Every method is optional. */
export interface Sink {
  /** The policy has thought. The table still holds the carries and goals that it thought with. */
  thought?(turn: Turn): void;
  /** Goals are announced and actions chosen; nothing has moved yet. */
  decided?(turn: Turn): void;
  /** A seat has made its step. Returns true to end the episode here. */
  stepped?(seat: Seat, turn: Turn): boolean | undefined;
  /** An episode is over; the seat still shows its last state, and the carry after it. */
  ended?(seat: Seat, turn: Turn): void | Promise<void>;
}

/** Begins the next episode at a seat (`seat.begin`); returns false when there is none left for it. */
export type Dealer = (seat: Seat) => boolean;

/** Deals one episode, with this seed, to the only seat. */
export function once(seed: number): Dealer {
  let dealt = false;
  return (seat) => {
    if (dealt) return false;
    dealt = true;
    seat.begin(seed);
    return true;
  };
}

/** Seats that play with one policy at the same time. Everything that plays a policy goes through `turn`. */
export class Table {
  readonly model: Policy;
  readonly seats: readonly Seat[];
  /** What the policy thinks with, one row a seat. */
  readonly observations: ObservationRows;
  /** Embedding rows of the kept goals, [seats, GOAL_FEATURES]. */
  readonly keptGoals: Int32Array;
  /** Carry, [seats, latents·width] each. */
  readonly zH: Float32Array;
  readonly zL: Float32Array;
  readonly builder = new InputBuilder();
  /** Who begins the next episode at each seat. */
  deal: Dealer;
  private readonly replanning: Uint8Array;
  private readonly held: Uint8Array;
  private readonly actions: Int32Array;

  /** Every seat begins its first episode at once. */
  constructor(model: Policy, parts: readonly SeatParts[], deal: Dealer) {
    const { config } = model;
    const size = parts.length;
    const width = config.latents * config.width;
    this.model = model;
    this.deal = deal;
    this.observations = new ObservationRows(size);
    this.keptGoals = new Int32Array(size * GOAL_FEATURES);
    this.zH = new Float32Array(size * width);
    this.zL = new Float32Array(size * width);
    this.replanning = new Uint8Array(size);
    this.held = new Uint8Array(size);
    this.actions = new Int32Array(size);
    const start = initialCarry(config);
    this.seats = parts.map((part, i) => {
      const carry = {
        zH: this.zH.subarray(i * width, (i + 1) * width),
        zL: this.zL.subarray(i * width, (i + 1) * width),
      };
      return new Seat(i, part, new KeptGoal(config.maxGoalLife), carry, start);
    });
    for (const seat of this.seats) this.next(seat);
  }

  get playing(): boolean {
    return this.seats.some((seat) => seat.playing);
  }

  /** Every seat gives up its episode and begins its next one. */
  dealAnew(): void {
    for (const seat of this.seats) this.next(seat);
  }

  private next(seat: Seat): void {
    seat.playing = this.deal(seat);
    // An idle seat keeps its row in the batch; nothing reads what comes of it.
    if (!seat.playing) this.replanning[seat.index] = Replanning.mustNot;
  }

  /** Writes the seat's present observation and kept goal to its row. */
  look(seat: Seat): void {
    const { index, episode, senses, previousAction } = seat;
    seat.goal.rows(episode.pose, this.keptGoals, index * GOAL_FEATURES);
    senses.see();
    senses.keep?.(seat.goal);
    senses.write(this.observations, index, previousAction);
  }

  /**
   * One step at every seat that plays: look, think, announce goals, choose actions, step. Seats whose
   * episode ends get their next one.
   * @param depth Planner updates each time it replans; by default as trained
   */
  async turn(weights: Weights, sinks: readonly Sink[], depth?: number): Promise<void> {
    const { seats, actions, held, replanning } = this;
    for (const seat of seats) {
      if (!seat.playing) continue;
      if (seat.asks) seat.expert.ask(seat.previousAction);
      replanning[seat.index] = seat.goals.replanning(seat);
      held[seat.index] = seat.actions.holdsDoer?.(seat) ? 1 : 0;
      this.look(seat);
    }
    const thought = await act(this.model, weights, {
      inputs: this.builder.build(this.observations),
      zH: this.zH,
      zL: this.zL,
      goals: this.keptGoals,
      replanning,
      depth,
      doerHeld: held,
      chooseGoal: (i, options) => seats[i].goals.chooseGoal?.(seats[i], options),
      chooseHalt: (i, keep, think) => seats[i].goals.keeps?.(seats[i], keep, think),
    });
    const turn: Turn = { table: this, thought, actions };
    for (const sink of sinks) sink.thought?.(turn);
    for (const seat of seats) if (seat.playing) decide(seat, turn);
    for (const sink of sinks) sink.decided?.(turn);
    this.zH.set(thought.zH);
    this.zL.set(thought.zL);
    for (const seat of seats) if (seat.playing) await this.step(seat, turn, sinks);
  }

  private async step(seat: Seat, turn: Turn, sinks: readonly Sink[]): Promise<void> {
    seat.step(turn.actions[seat.index]);
    let over = seat.episode.over;
    for (const sink of sinks) if (sink.stepped?.(seat, turn)) over = true;
    if (!over) return;
    for (const sink of sinks) await sink.ended?.(seat, turn);
    this.next(seat);
  }
}

function decide(seat: Seat, { thought, actions }: Turn): void {
  const { index } = seat;
  if (thought.replanned[index]) {
    const place = placeIn(thought.places, index);
    seat.goal.announce(thought.subgoals[index], place, seat.episode.pose);
    seat.goals.announced?.(seat);
  }
  actions[index] = seat.actions.chooseAction(seat, thought.probabilities, index * NUM_ACTIONS);
}
