import type { MetricPoint } from '../../shared/metrics.ts';
import type { Testing } from '../../shared/protocol.ts';

export interface Progress {
  /** Share of missions done before learning; undefined where it was not tested. */
  first: number | undefined;
  now: number | undefined;
  /** What these are, or what is being waited for. */
  words: string;
}

/**
 * The run's progress, from tests on worlds that it never trains on: only these measure
 * fixed weights. Before there are two tests it says what is known.
 */
export function successSoFar(points: readonly MetricPoint[], testing?: Testing): Progress {
  const tests = points.flatMap(({ values }) => values.evalSuccess ?? []);
  const [first] = tests;
  const now = tests.at(-1);
  if (tests.length >= 2)
    return { first, now, words: 'of missions done, in worlds it never trains on' };
  if (tests.length === 1)
    return {
      first: undefined,
      now,
      words: `of missions done before learning; ${testing ? `testing again: ${howFar(testing)}` : 'the next test comes soon'}`,
    };
  return { first: undefined, now: undefined, words: firstTest(testing) };
}

/** The text until the first test is over. */
export function firstTest(testing: Testing | undefined): string {
  if (!testing) return 'Testing what it can do before it learns…';
  const { secondsLeft } = testing;
  const when =
    secondsLeft === undefined ? '' : `; learning begins in about ${roughly(secondsLeft)}`;
  return `Testing before learning: ${howFar(testing)}${when}`;
}

const howFar = ({ done, of }: Testing) => `${done} of ${of}`;

function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
