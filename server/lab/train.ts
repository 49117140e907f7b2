import type { JsonObject } from '../policy/checkpoint/index.ts';
import { type EvaluationSums, reportOf } from './evaluate.ts';
import type { LabFile } from './file.ts';
import type { StepSums } from './learner.ts';
import type { LabRun } from './run.ts';

export interface TrainingLimits {
  /** Steps of this training, those before a resume not counted. */
  readonly steps?: number;
  /** Share of held-out puzzles solved at which it stops, if as many that it never looked at say the same. */
  readonly until?: number;
  readonly maxSeconds?: number;
  /** Held-out puzzles of each evaluation, and steps between them. */
  readonly puzzles: number;
  readonly evaluateEvery: number;
  /** Asked after each few steps: whether to stop here, without another evaluation. */
  readonly stopped?: () => boolean;
  /** Called after each few steps: for saving. */
  readonly between?: () => Promise<void>;
}

/** A point of the curve: steps since the run began, wall seconds of this training, share of held-out puzzles solved. */
export type CurvePoint = [steps: number, seconds: number, exact: number];

type Report = ReturnType<typeof reportOf>;

/** A figure on puzzles that decided nothing: those after the first `skip` held-out ones. */
export interface Confirmation extends Pick<Report, 'puzzles' | 'exact' | 'ci95' | 'cells'> {
  readonly skip: number;
}

export interface TrainingResult {
  readonly seconds: number;
  /** Processor time of all threads, which tells on a busy machine what the wall clock does not. */
  readonly cpuSeconds: number;
  readonly curve: CurvePoint[];
  /** Measured on the weights that it ends with; undefined where it was stopped between two evaluations. */
  readonly last?: Report;
  /** Where `until` was reached: the same weights on puzzles that were not used to decide that. */
  readonly confirmed?: Confirmation;
  readonly stopped: boolean;
}

export interface Progress {
  readonly steps: number;
  readonly seconds: number;
  /** Means over the steps since the last report. */
  readonly loss: number;
  readonly trainExact: number;
  readonly trainSegments: number;
  readonly report: Report;
  /** What fresh puzzles said, where this evaluation reached `until`. */
  readonly fresh?: Confirmation;
}

/** Steps between looks at the clock. */
const TURN = 20;

/**
 * Trains in short turns; returns what each measured.
 * @param left steps until the next look at the model, asked before each turn; 0 ends it
 */
export async function trainWhile(
  run: Pick<LabRun, 'train'>,
  left: () => number,
  turn: number,
  between?: () => Promise<void>,
): Promise<StepSums[]> {
  const parts: StepSums[] = [];
  for (let steps = left(); steps > 0; steps = left()) {
    parts.push(await run.train(Math.min(turn, steps)));
    await between?.();
  }
  return parts;
}

/** Wall and processor seconds since it was made. */
export function stopwatch(): () => { seconds: number; cpuSeconds: number } {
  const begun = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Trains until one of the limits is reached, and tells of each evaluation. The last one is of the weights it ends with. */
export async function trainLab(
  run: Pick<LabRun, 'config' | 'steps' | 'train' | 'evaluate'>,
  limits: TrainingLimits,
  tell: (progress: Progress) => void | Promise<void> = () => {},
): Promise<TrainingResult> {
  const time = stopwatch();
  const seconds = () => time().seconds;
  const segments = run.config.haltMaxSteps;
  const { puzzles, until = 2 } = limits;
  const curve: CurvePoint[] = [];
  const first = run.steps;
  const end = first + (limits.steps ?? Number.POSITIVE_INFINITY);
  const late = () => seconds() >= (limits.maxSeconds ?? Number.POSITIVE_INFINITY);
  let skip = puzzles;
  /** Measures on as many fresh puzzles as decided; undefined where no fresh ones are left. */
  const confirm = async (): Promise<Confirmation | undefined> => {
    const sums: EvaluationSums = await run.evaluate(puzzles, segments, skip);
    if (sums.puzzles === 0) return undefined;
    const { exact, ci95, cells, puzzles: count } = reportOf(sums);
    const confirmation = { puzzles: count, skip, exact, ci95, cells };
    skip += count;
    return confirmation;
  };
  let last: Report | undefined;
  let confirmed: Confirmation | undefined;
  let stopped = false;
  for (;;) {
    const evaluateAt = Math.min(
      end,
      (Math.floor(run.steps / limits.evaluateEvery) + 1) * limits.evaluateEvery,
    );
    const left = () => (late() || stopped ? 0 : evaluateAt - run.steps);
    const sums = await trainWhile(run, left, TURN, async () => {
      last = undefined;
      await limits.between?.();
      stopped = limits.stopped?.() ?? false;
    });
    if (stopped) break;
    last = reportOf(await run.evaluate(puzzles, segments));
    const at = Math.round(seconds() * 10) / 10;
    curve.push([run.steps, at, last.exact]);
    const fresh = last.exact >= until ? await confirm() : undefined;
    await tell({ steps: run.steps, seconds: at, ...meansOf(sums), report: last, fresh });
    // Where no fresh puzzles are left, nothing can contradict.
    if (last.exact >= until && (fresh?.exact ?? 1) >= until) {
      confirmed = fresh;
      break;
    }
    stopped ||= limits.stopped?.() ?? false;
    if (stopped || late() || run.steps >= end) break;
  }
  return { ...time(), curve, last, confirmed, stopped };
}

/** Means over turns of a training. */
export function meansOf(parts: readonly StepSums[]) {
  const sum = (key: keyof StepSums) => parts.reduce((total, part) => total + part[key], 0);
  return {
    loss: sum('loss') / sum('steps'),
    trainExact: sum('exact') / Math.max(1, sum('finished')),
    trainSegments: sum('segments') / Math.max(1, sum('finished')),
  };
}

/** What a checkpoint says of a training. */
export function historyOf(
  before: LabFile['history'],
  run: LabRun,
  { seconds, cpuSeconds, last, confirmed }: Omit<TrainingResult, 'curve' | 'stopped'>,
): JsonObject[] {
  return [
    ...before,
    {
      stage: 'lab',
      task: run.options.task,
      steps: run.steps,
      seconds: Math.round(seconds),
      cpuSeconds: Math.round(cpuSeconds),
      workers: run.size,
      ...(last ? { puzzles: last.puzzles, exact: last.exact } : {}),
      ...(confirmed
        ? {
            confirmed: {
              puzzles: confirmed.puzzles,
              skip: confirmed.skip,
              exact: confirmed.exact,
            },
          }
        : {}),
    },
  ];
}
