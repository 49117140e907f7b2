import { NUM_ACTIONS } from '../../shared/constants.ts';
import { SUBGOALS, type Subgoal } from '../../shared/goals.ts';
import { at } from '../../shared/indexing.ts';
import { GOAL_CANDIDATES, type Readouts } from '../../shared/replay.ts';
import { type EpisodeView, frameAt, type Position } from '../store/frames.ts';

/** A target that the Planner thought of, with its share of belief; undefined place: "no target". */
export interface Candidate {
  place: Position | undefined;
  /** Before the Planner thought, then after each of its updates; 0 to 1. */
  shares: readonly number[];
}

/** What the Planner believed at a replan. */
export interface Belief {
  /** The step at which it replanned. */
  step: number;
  /** Likeliest first. */
  candidates: readonly Candidate[];
  subgoals: readonly { subgoal: Subgoal; share: number }[];
}

/** One step's thought, cycle by cycle. */
export interface Thought {
  /** Action probabilities after each iteration of the Doer, [cycles][7], 0 to 1. */
  actions: readonly (readonly number[])[];
  /** Iterations before the Planner thought; all of them where it kept its goal. */
  before: number;
}

interface Offsets {
  /** First row of `actions` of each step. */
  rows: readonly number[];
  /** Replans before each step. */
  replans: readonly number[];
}

const offsetsOf = new WeakMap<Readouts, Offsets>();

function offsets(readouts: Readouts, replanned: readonly number[]): Offsets {
  let known = offsetsOf.get(readouts);
  if (!known) {
    let [row, replan] = [0, 0];
    const rows: number[] = [];
    const replans: number[] = [];
    for (const [step, cycles] of readouts.cycles.entries()) {
      rows.push(row);
      replans.push(replan);
      row += cycles;
      replan += at(replanned, step);
    }
    known = { rows, replans };
    offsetsOf.set(readouts, known);
  }
  return known;
}

/** How the thought of a step came about; undefined where the replay does not say. */
export function thoughtAt(episode: EpisodeView, step: number): Thought | undefined {
  const mind = episode.replay.mind;
  const readouts = mind?.readouts;
  if (!mind || !readouts || step < 0 || step >= readouts.cycles.length) return undefined;
  const first = at(offsets(readouts, mind.replans).rows, step);
  const cycles = at(readouts.cycles, step);
  const actions = Array.from({ length: cycles }, (_, cycle) => {
    const row = (first + cycle) * NUM_ACTIONS;
    return readouts.actions.slice(row, row + NUM_ACTIONS).map((share) => share / 1000);
  });
  // Each update of the Planner is followed by as many iterations as came before the first.
  const phases = mind.replans[step] ? readouts.plannerCycles + 1 : 1;
  return { actions, before: cycles / phases };
}

/** What the Planner believed when it last replanned, at `step` or before; undefined where the replay does not say. */
export function beliefAt(episode: EpisodeView, step: number): Belief | undefined {
  const mind = episode.replay.mind;
  const readouts = mind?.readouts;
  if (!mind || !readouts || step < 0) return undefined;
  let last = step;
  while (last >= 0 && !mind.replans[last]) last--;
  if (last < 0 || last >= readouts.cycles.length) return undefined;
  const replan = at(offsets(readouts, mind.replans).replans, last);
  const phases = readouts.plannerCycles + 1;
  const candidates = Array.from({ length: GOAL_CANDIDATES }, (_, k) => {
    const x = at(readouts.goalX, replan * GOAL_CANDIDATES + k);
    const y = at(readouts.goalY, replan * GOAL_CANDIDATES + k);
    const shares = Array.from(
      { length: phases },
      (_, phase) => at(readouts.goals, (replan * phases + phase) * GOAL_CANDIDATES + k) / 1000,
    );
    return { place: x < 0 || y < 0 ? undefined : { x, y }, shares };
  });
  const subgoals = SUBGOALS.map((subgoal, k) => ({
    subgoal,
    share: at(readouts.subgoals, replan * SUBGOALS.length + k) / 1000,
  })).sort((a, b) => b.share - a.share);
  return { step: last, candidates, subgoals };
}

/** One module's way through its plane, a point for each step. */
export interface Orbit {
  readonly points: readonly (readonly [number, number])[];
  /** Share of the states' variance that the plane shows, 0 to 1; undefined where it is not known. */
  readonly share: number | undefined;
}

const orbitsOf = new WeakMap<EpisodeView, { h: Orbit; l: Orbit } | null>();

/** The ways of z_H and z_L through the planes of their principal components; undefined where the replay has none. */
export function orbits(episode: EpisodeView): { h: Orbit; l: Orbit } | undefined {
  let known = orbitsOf.get(episode);
  if (known === undefined) {
    const { planeH, planeL, planeShare } = episode.replay.mind ?? {};
    const orbit = (flat: readonly number[], share: number | undefined): Orbit => ({
      points: Array.from({ length: flat.length / 2 }, (_, i) => [
        at(flat, 2 * i),
        at(flat, 2 * i + 1),
      ]),
      share: share === undefined ? undefined : share / 1000,
    });
    known =
      planeH?.length && planeL?.length
        ? { h: orbit(planeH, planeShare?.[0]), l: orbit(planeL, planeShare?.[1]) }
        : null;
    orbitsOf.set(episode, known);
  }
  return known ?? undefined;
}

/** Value that was expected at a cell. */
export interface CellValue {
  x: number;
  y: number;
  value: number;
}

/** For each cell that the agent has stood on up to `step`: the value estimate when it was there last. */
export function cellValues(episode: EpisodeView, step: number): CellValue[] {
  const values = episode.replay.mind?.values;
  if (!values) return [];
  const cells = new Map<number, CellValue>();
  for (const [i, value] of values.slice(0, step + 1).entries()) {
    const { agentX: x, agentY: y } = frameAt(episode, i);
    cells.set(x * episode.height + y, { x, y, value });
  }
  return [...cells.values()];
}

/** Smallest and largest value of the whole episode. */
export function valueRange(episode: EpisodeView): [number, number] {
  const values = episode.replay.mind?.values ?? [];
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}
