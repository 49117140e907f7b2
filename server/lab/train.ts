import type { JsonObject } from '../policy/checkpoint/index.ts';
import { type EvaluationSums, reportOf } from './evaluate.ts';
import type { LabFile } from './file.ts';
import type { StepSums } from './learner.ts';
import type { LabRun } from './run.ts';

export interface TrainingLimits {
  /** Steps of this training, those before a resume not counted. */
  readonly steps?: number;
  /** Share of held-out puzzles solved at which it stops. */
  readonly until?: number;
  readonly maxSeconds?: number;
  /** Held-out puzzles of each evaluation, and steps between them. */
  readonly puzzles: number;
  readonly evaluateEvery: number;
  /** Asked after each few steps: whether to stop here. */
  readonly stopped?: () => boolean;
}

/** A point of the curve: steps since the run began, wall seconds of this training, share of held-out puzzles solved. */
export type CurvePoint = [steps: number, seconds: number, exact: number];

export interface TrainingResult {
  readonly seconds: number;
  /** Processor time of all threads, which tells on a busy machine what the wall clock does not. */
  readonly cpuSeconds: number;
  readonly curve: CurvePoint[];
  readonly last: ReturnType<typeof reportOf>;
  readonly stopped: boolean;
}

export interface Progress {
  readonly steps: number;
  readonly seconds: number;
  /** Means over the steps since the last report. */
  readonly loss: number;
  readonly trainExact: number;
  readonly trainSegments: number;
  readonly report: ReturnType<typeof reportOf>;
}

/** Steps between looks at the clock. */
const TURN = 20;

/** Trains until one of the limits is reached, and tells of each evaluation. The last one is of the weights it ends with. */
export async function trainLab(
  run: LabRun,
  limits: TrainingLimits,
  tell: (progress: Progress) => void = () => {},
): Promise<TrainingResult> {
  const begun = performance.now();
  const cpuBefore = process.cpuUsage();
  const seconds = () => (performance.now() - begun) / 1000;
  const segments = run.config.haltMaxSteps;
  const curve: CurvePoint[] = [];
  const first = run.steps;
  const end = first + (limits.steps ?? Number.POSITIVE_INFINITY);
  const late = () => seconds() >= (limits.maxSeconds ?? Number.POSITIVE_INFINITY);
  let sums: StepSums[] = [];
  let last: TrainingResult['last'] | undefined;
  let stopped = false;
  for (;;) {
    const evaluateAt = Math.min(
      end,
      (Math.floor(run.steps / limits.evaluateEvery) + 1) * limits.evaluateEvery,
    );
    while (run.steps < evaluateAt && !late() && !stopped) {
      sums.push(await run.train(Math.min(TURN, evaluateAt - run.steps)));
      stopped = limits.stopped?.() ?? false;
    }
    const evaluated: EvaluationSums = await run.evaluate(limits.puzzles, segments);
    last = reportOf(evaluated);
    const at = Math.round(seconds() * 10) / 10;
    curve.push([run.steps, at, last.exact]);
    tell({ steps: run.steps, seconds: at, ...meansOf(sums), report: last });
    sums = [];
    stopped ||= limits.stopped?.() ?? false;
    if (stopped || late() || run.steps >= end || last.exact >= (limits.until ?? 2)) break;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds: seconds(), cpuSeconds: (user + system) / 1e6, curve, last, stopped };
}

function meansOf(parts: readonly StepSums[]) {
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
  { seconds, cpuSeconds, last }: TrainingResult,
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
      puzzles: last.puzzles,
      exact: last.exact,
    },
  ];
}
