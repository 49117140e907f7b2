import type { MetricPoint } from '../metrics.ts';
import { type Event, eventsOf } from './events.ts';
import {
  type Chapter,
  doneOf,
  inSteps,
  nearest,
  STORY_FORMAT,
  STORY_VERSION,
  type Story,
  type StoryFacts,
  type Take,
} from './types.ts';

/** Points of the curve that is drawn into a film. */
const MAX_CURVE_POINTS = 200;

/**
 * A run's story from what is known of it and from the same worlds played by all of `castOf`.
 * @param takes in order of steps, the first weights first
 */
export function tellStory(
  facts: StoryFacts,
  seeds: readonly number[],
  takes: readonly Take[],
): Story {
  const { id, name, levelId, init, envSteps } = facts.run;
  const tests = facts.points.filter(({ values }) => values.evalSuccess !== undefined);
  return {
    format: STORY_FORMAT,
    version: STORY_VERSION,
    run: { id, name, levelId, init, envSteps },
    seeds,
    takes: takes.map(({ replays, ...player }) => ({ ...player, done: doneOf(replays) })),
    curve: curveOf(tests),
    chapters: chaptersOf(eventsOf(facts, tests, takes), takes),
  };
}

/** Events in order of who plays them; those with the same weights are one chapter. */
function chaptersOf(events: readonly Event[], takes: readonly Take[]): Chapter[] {
  const placeOf = ({ take, envSteps }: Event) => take?.envSteps ?? envSteps;
  const chapters: (Chapter & { take: Take | undefined })[] = [];
  for (const event of [...events].sort((a, b) => placeOf(a) - placeOf(b))) {
    const { kind, title, text, envSteps, take } = event;
    const same = take && chapters.find((chapter) => chapter.take === take);
    if (same) {
      same.kinds = [...same.kinds, kind];
      same.title += ` · ${title}`;
      same.text += ` ${text}`;
      same.envSteps = Math.min(same.envSteps, envSteps);
      continue;
    }
    const gone = take ? take.gone : goneWords(envSteps, takes);
    const { policy, envSteps: learnt, evalSuccess } = take ?? {};
    chapters.push({
      kinds: [kind],
      ...{ title, text, envSteps, take },
      ...(policy !== undefined &&
        learnt !== undefined && {
          player: { policy, envSteps: learnt, ...(evalSuccess !== undefined && { evalSuccess }) },
        }),
      replays: take?.replays ?? [],
      ...(gone !== undefined && { gone }),
    });
  }
  return chapters.map(({ take, ...chapter }) => chapter);
}

function goneWords(envSteps: number, takes: readonly Take[]): string {
  const next = nearest(takes.slice(1), envSteps);
  return `No checkpoint of that time is kept any more${
    next ? `; the nearest is that after ${inSteps(next.envSteps)}` : ''
  }.`;
}

function curveOf(tests: readonly MetricPoint[]): [number, number][] {
  const every = Math.max(1, Math.ceil(tests.length / MAX_CURVE_POINTS));
  return tests
    .filter((_, i) => i % every === 0 || i === tests.length - 1)
    .map(({ envSteps, values }) => [envSteps, values.evalSuccess as number]);
}
