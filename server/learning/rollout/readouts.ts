import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { GOAL_CANDIDATES, MAX_READOUT_STEPS } from '../../../shared/replay.ts';
import { type Mind, type Minds, round } from '../../play/minds.ts';
import type { Sink, Table, Turn } from '../../play/table.ts';
import { likeliestGoal, softmax } from '../../policy/goals/goalHead.ts';
import { type Introspection, introspect } from '../../policy/introspect.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import { pickRows } from '../../policy/rows.ts';
import { GOAL_FEATURES, NUM_SUBGOALS } from '../../tasks/babyai/features.ts';
import type { Pose } from '../../tasks/babyai/goalFrame.ts';
import { worldCellOf } from '../../tasks/babyai/targets.ts';
import { type Planes, project, type ShownCarries } from './plane.ts';
import type { Rollout } from './rollout.ts';

/** A step whose episode is kept for viewers: where its thoughts go, and where the agent stood. */
interface ShownStep {
  mind: Mind;
  pose: Pose;
  /** Entry of the rollout. */
  entry: number;
}

/** Roughly the number of carries that one rollout sends on; more add little. */
const MOST_CARRIES = 32;

export interface ReadoutParts {
  model: Policy;
  weights: Weights;
  table: Table;
  rollout: Rollout;
  /** The seats whose steps are read. */
  minds: Minds;
  /** Where their carries are drawn. */
  planes?: Planes;
}

/**
 * Reads what each cycle of the shown steps thought, with the weights that played them, and adds it to the
 * minds: when an episode ends, and for the rest when the rollout ends. Changes nothing that is played or
 * learnt. Comes after the rollout's sink and the minds.
 */
export class Readouts implements Sink {
  /** Carries of what was read. */
  readonly carries: ShownCarries[] = [];
  private readonly parts: ReadoutParts;
  /** Every n-th step's carry is sent on. */
  private readonly every: number;
  /** Steps of each seat that were not read yet. */
  private readonly steps = new Map<number, ShownStep[]>();
  private turns = 0;

  constructor(parts: ReadoutParts) {
    this.parts = parts;
    this.every = Math.ceil((parts.rollout.steps * parts.minds.minds.length) / MOST_CARRIES);
  }

  decided({ table }: Turn): void {
    const { minds } = this.parts.minds;
    const base = this.turns++ * table.seats.length;
    for (const [i, mind] of minds.entries()) {
      const step = { mind, pose: table.seats[i].episode.pose, entry: base + i };
      const steps = this.steps.get(i);
      if (steps) steps.push(step);
      else this.steps.set(i, [step]);
    }
  }

  /** Forgets the steps of an episode that is not shown. */
  drop(env: number): void {
    this.steps.delete(env);
  }

  async read(env: number): Promise<void> {
    const steps = this.steps.get(env) ?? [];
    this.steps.delete(env);
    await this.readSteps(steps);
  }

  readRest(): Promise<void> {
    const steps = [...this.steps.values()].flat();
    this.steps.clear();
    return this.readSteps(steps);
  }

  private async readSteps(steps: readonly ShownStep[]): Promise<void> {
    if (steps.length === 0) return;
    const { model, weights, table, rollout, planes } = this.parts;
    const rows = Int32Array.from(steps.map((step) => step.entry));
    const planners = rows.filter((row) => rollout.replanned[row] === 1);
    const width = rollout.carryWidth;
    const seen = await introspect(model, weights, {
      inputs: table.builder.build(rollout.observations, rows),
      zH: pickRows(rollout.zH, rows, width),
      zL: pickRows(rollout.zL, rows, width),
      goals: pickRows(rollout.goals, rows, GOAL_FEATURES),
      newGoals: pickRows(rollout.newGoals, planners, GOAL_FEATURES),
      replanned: pickRows(rollout.replanned, rows, 1),
    });
    let replan = 0;
    for (const [i, step] of steps.entries()) {
      const replanned = rollout.replanned[step.entry] === 1;
      const sample = { i, batch: rows.length, replan: replanned ? replan : -1 };
      noteReadouts(step, seen, sample);
      if (replanned) replan++;
      if (planes) notePlanes(step.mind, planes, seen, i * width);
    }
    const [h, l] = [seen.zH, seen.zL].map((carries) => thinned(carries, width, this.every));
    this.carries.push({ h, l });
  }
}

/** A step among those that are read together. */
interface Sample {
  i: number;
  batch: number;
  /** Index among the samples that replanned; −1 where it did not. */
  replan: number;
}

function noteReadouts(
  { mind, pose }: ShownStep,
  seen: Introspection,
  { i, batch, replan }: Sample,
): void {
  mind.readouts ??= {
    cycles: [],
    actions: [],
    plannerCycles: seen.updates,
    goalX: [],
    goalY: [],
    goals: [],
    subgoals: [],
  };
  const { readouts } = mind;
  if (readouts.cycles.length >= MAX_READOUT_STEPS) return;
  const replans = seen.actionsAgain.length / (NUM_ACTIONS * Math.max(1, seen.again));
  const again = replan < 0 ? 0 : seen.again;
  readouts.cycles.push(seen.first + again);
  for (let cycle = 0; cycle < seen.first; cycle++) {
    pushShares(
      readouts.actions,
      softmax(seen.actions, (cycle * batch + i) * NUM_ACTIONS, NUM_ACTIONS),
    );
  }
  for (let cycle = 0; cycle < again; cycle++) {
    const at = (cycle * replans + replan) * NUM_ACTIONS;
    pushShares(readouts.actions, softmax(seen.actionsAgain, at, NUM_ACTIONS));
  }
  if (replan < 0) return;
  const last = seen.goals[seen.updates];
  const { subgoal } = likeliestGoal(last.options(replan));
  const targetsAfter = (update: number) => {
    const scores = seen.goals[update].targets(replan, subgoal);
    return softmax(scores, 0, scores.length);
  };
  const final = targetsAfter(seen.updates);
  const candidates = [...final.keys()]
    .sort((a, b) => final[b] - final[a] || a - b)
    .slice(0, GOAL_CANDIDATES);
  for (const candidate of candidates) {
    const place = last.place(replan, candidate);
    const cell = place && worldCellOf(place, pose);
    readouts.goalX.push(cell?.x ?? -1);
    readouts.goalY.push(cell?.y ?? -1);
  }
  for (let update = 0; update <= seen.updates; update++) {
    const targets = targetsAfter(update);
    pushShares(
      readouts.goals,
      candidates.map((candidate) => targets[candidate]),
    );
  }
  pushShares(readouts.subgoals, softmax(last.subgoals(replan), 0, NUM_SUBGOALS));
}

function notePlanes(mind: Mind, { h, l }: Planes, seen: Introspection, offset: number): void {
  mind.planeH ??= [];
  mind.planeL ??= [];
  mind.planeH.push(...project(h, seen.zH, offset).map((value) => round(value, 3)));
  mind.planeL.push(...project(l, seen.zL, offset).map((value) => round(value, 3)));
  mind.planeShare = [Math.round(1000 * h.share), Math.round(1000 * l.share)];
}

/** Drops plane columns that do not cover the whole episode: it began before the planes, or before a restart. */
export function dropPartial(mind: Mind, steps: number): void {
  if (mind.planeH?.length === 2 * steps && mind.planeL?.length === 2 * steps) return;
  delete mind.planeH;
  delete mind.planeL;
  delete mind.planeShare;
}

function pushShares(column: number[], shares: Iterable<number>): void {
  for (const share of shares) column.push(Math.round(1000 * share));
}

/** Every n-th row. */
function thinned(rows: Float32Array, width: number, every: number): Float32Array {
  const kept = Math.ceil(rows.length / width / every);
  return pickRows(
    rows,
    Int32Array.from({ length: kept }, (_, k) => k * every),
    width,
  );
}
