import {
  COLORS,
  legendLine,
  pictureOf,
  plotFrame,
  polyline,
  shortName,
  xLabel,
} from './plotFrame.ts';

/** One training's held-out tests, as `train --json` prints them. */
export interface LearningCurve {
  level: string;
  init: string;
  curriculum?: readonly string[];
  /** Environment steps, seconds, success from 0 to 1. */
  curve: readonly (readonly [envSteps: number, seconds: number, success: number])[];
}

/** @throws where it is not what `train --json` prints, with the field that is wrong */
export function parseCurve(json: string): LearningCurve {
  const input = JSON.parse(json) as Partial<LearningCurve> | null;
  const check = (name: keyof LearningCurve, isRight: boolean, wanted: string) => {
    if (!isRight) throw new Error(`${name} is not ${wanted}; accepted: what train --json prints`);
  };
  const isText = (value: unknown) => typeof value === 'string';
  const isAmount = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;
  const { level, init, curriculum = [], curve } = input ?? {};
  check('level', isText(level), 'a level id');
  check('init', isText(init), 'what the training began from');
  check('curriculum', Array.isArray(curriculum) && curriculum.every(isText), 'a list of level ids');
  const isCurve =
    Array.isArray(curve) &&
    curve.length > 0 &&
    curve.every(
      (test) =>
        Array.isArray(test) &&
        test.length === 3 &&
        test.every(isAmount) &&
        (test[2] as number) <= 1,
    );
  check('curve', isCurve, 'a list of [steps, seconds, success from 0 to 1]');
  const { curve: tests } = input as LearningCurve;
  const goesOn = (column: 0 | 1) =>
    tests.every((test, at) => at === 0 || test[column] >= tests[at - 1][column]);
  check('curve', goesOn(0), 'in the order of its steps (they go back)');
  check('curve', goesOn(1), 'in the order of its seconds (they go back)');
  return input as LearningCurve;
}

/** The name of a curve; curves that differ only in their seed share it. */
export function nameOf({ init, curriculum }: LearningCurve): string {
  const from = init === 'scratch' ? 'from scratch' : `from ${init}`;
  return curriculum ? `${from}, curriculum` : from;
}

/** Held-out success over environment steps, one line a training, those alike in one colour, as an SVG picture. */
export function curvePlot(curves: readonly LearningCurve[]): string {
  const levels = [...new Set(curves.map(({ level }) => shortName(level)))];
  const names = [...new Set(curves.map(nameOf))];
  const frame = plotFrame(
    `Held-out success on ${levels.join(', ')}`,
    `thousand environment steps on ${levels.join(', ')}`,
    { width: 720, legend: 210 },
  );
  const { area, y } = frame;
  const last = Math.max(1, ...curves.flatMap(({ curve }) => curve.map(([steps]) => steps)));
  const x = (steps: number) => area.left + ((area.right - area.left) * steps) / last;
  const apart = tickFor(last);
  for (let tick = 0; tick <= last; tick += apart) xLabel(frame, x(tick), tick / 1000);
  for (const one of curves) {
    polyline(
      frame,
      one.curve.map(([steps, , success]) => [x(steps), y(success)]),
      COLORS[names.indexOf(nameOf(one)) % COLORS.length],
    );
  }
  for (const [i, name] of names.entries()) legendLine(frame, i, name, COLORS[i % COLORS.length]);
  return pictureOf(frame);
}

/** A round distance that gives four to ten ticks. */
function tickFor(last: number): number {
  const power = 10 ** Math.floor(Math.log10(last));
  return [0.1, 0.2, 0.25, 0.5, 1].map((part) => part * power).find((tick) => last / tick < 10)!;
}
