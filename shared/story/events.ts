import { describeChange } from '../changeText.ts';
import type { MetricPoint } from '../metrics.ts';
import { MILESTONES } from '../moments.ts';
import { bestPool, POOL, poolEndingAt } from '../testPools.ts';
import type { SettingsChange } from '../wire.ts';
import { type ChapterKind, doneOf, inSteps, nearest, type StoryFacts, type Take } from './types.ts';

/** A chapter's checkpoint may be this share of the whole run away from what the chapter tells. */
const NEAR = 0.1;
/** Changes are told by the chapters in which success moved most. */
const MAX_CHANGE_CHAPTERS = 4;
/** Changes closer together than this share of the run are one. */
const TOGETHER = 0.03;

/** What happened, before it is known who plays it. */
export interface Event {
  kind: ChapterKind;
  title: string;
  text: string;
  envSteps: number;
  take: Take | undefined;
}

/**
 * All that a run's story tells, in no order.
 * @param tests the points that have a held-out test
 * @param takes in order of steps, the first weights first
 */
export function eventsOf(
  facts: StoryFacts,
  tests: readonly MetricPoint[],
  takes: readonly Take[],
): Event[] {
  return [
    ...beforeLearning(facts, takes),
    ...firstSuccess(facts, takes),
    ...branch(facts, takes),
    ...turningPoints(facts, takes),
    ...worstSetback(facts, tests, takes),
    ...afterChanges(facts, tests, takes),
    ...bestAndNow(takes),
  ];
}

function beforeLearning({ run }: StoryFacts, [first]: readonly Take[]): Event[] {
  if (!first) return [];
  const from =
    run.init === 'scratch'
      ? 'It began with weights that had learnt nothing.'
      : `It began with the weights of ${run.init}.`;
  return [{ kind: 'before', title: 'Before learning', text: from, envSteps: 0, take: first }];
}

function firstSuccess({ moments }: StoryFacts, [first, ...later]: readonly Take[]): Event[] {
  // What it could do from the start is not learnt.
  if (!first || first.gone || doneOf(first.replays) > 0) return [];
  const take = later.find(({ replays }) => doneOf(replays) > 0);
  if (!take) return [];
  const trained = moments.find(({ milestone }) => milestone === 'firstSuccess');
  return [
    {
      kind: 'firstSuccess',
      title: 'First success',
      text: `The first kept weights that do one of these worlds.${
        trained ? ` In training the first was seen after ${inSteps(trained.envSteps)}.` : ''
      }`,
      envSteps: take.envSteps,
      take,
    },
  ];
}

function branch({ run: { fork } }: StoryFacts, takes: readonly Take[]): Event[] {
  if (!fork) return [];
  return [
    {
      kind: 'branch',
      title: 'Branched off',
      text: `From ${fork.name}, after ${inSteps(fork.envSteps)}${fork.worlds === 'anew' ? ', in other worlds' : ''}.`,
      envSteps: fork.envSteps,
      take: takes.find(({ envSteps }) => envSteps >= fork.envSteps),
    },
  ];
}

function turningPoints({ run, moments }: StoryFacts, takes: readonly Take[]): Event[] {
  return moments.flatMap(({ milestone, envSteps }): Event[] => {
    if (!milestone || milestone === 'firstSuccess') return [];
    const { label, help } = MILESTONES[milestone];
    const take = takes.find((one) => one.envSteps >= envSteps);
    const isNear = take && take.envSteps - envSteps <= NEAR * run.envSteps;
    return [
      {
        kind: 'turningPoint',
        title: label,
        text: `After ${inSteps(envSteps)}: ${help}`,
        envSteps,
        take: isNear ? take : undefined,
      },
    ];
  });
}

/** The deepest fall of held-out success that chance does not explain, at its lowest. */
function worstSetback(
  { run }: StoryFacts,
  tests: readonly MetricPoint[],
  takes: readonly Take[],
): Event[] {
  const { evalEpisodes } = run.settings;
  let worst: { from: number; to: number; bestSteps: number; envSteps: number } | undefined;
  for (let last = 2 * POOL - 1; last < tests.length; last++) {
    const now = poolEndingAt(tests, last, evalEpisodes);
    const best = bestPool(tests.slice(0, last - POOL + 1), 0, evalEpisodes);
    if (!now || !best || now.high >= best.low) continue;
    if (worst && worst.from - worst.to >= best.value - now.value) continue;
    worst = {
      ...{ from: best.value, to: now.value },
      ...{ bestSteps: best.envSteps, envSteps: now.envSteps },
    };
  }
  if (!worst) return [];
  const { from, to, bestSteps, envSteps } = worst;
  const take = nearest(takes, envSteps);
  const isThen =
    take && take.envSteps > bestSteps && Math.abs(take.envSteps - envSteps) <= NEAR * run.envSteps;
  return [
    {
      kind: 'setback',
      title: 'Worst setback',
      text: `Held-out success fell from ${percent(from)} (after ${inSteps(bestSteps)}) to ${percent(to)}.`,
      envSteps,
      take: isThen ? take : undefined,
    },
  ];
}

/** What changed after settings or rewards were changed: the newest weights that learnt under them. */
function afterChanges(
  { run, changes }: StoryFacts,
  tests: readonly MetricPoint[],
  takes: readonly Take[],
): Event[] {
  const groups: SettingsChange[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const close = (group?.[0]?.envSteps ?? -Infinity) + TOGETHER * run.envSteps;
    if (group && change.envSteps <= close) group.push(change);
    else groups.push([change]);
  }
  const told = groups.map((group, i) => {
    // Cast: no group is empty.
    const [first] = group as [SettingsChange, ...SettingsChange[]];
    const until = groups[i + 1]?.[0]?.envSteps ?? Infinity;
    const before = tests.findLast(({ envSteps }) => envSteps <= first.envSteps);
    const after = tests.findLast(({ envSteps }) => envSteps > first.envSteps && envSteps <= until);
    const [from, to] = [before?.values.evalSuccess, after?.values.evalSuccess];
    const effect =
      after && from !== undefined && to !== undefined
        ? ` Held-out success: ${percent(from)} before, ${percent(to)} after ${inSteps(after.envSteps)}.`
        : ' No held-out test tells what it did.';
    const what = [...new Set(group.map(({ kind }) => kind))].join(' and ');
    return {
      weight: from === undefined || to === undefined ? -1 : Math.abs(to - from),
      event: {
        kind: 'change' as const,
        title: `After other ${what}`,
        text: `${group.map(describeChange).join('; ')} (after ${inSteps(first.envSteps)}).${effect}`,
        envSteps: first.envSteps,
        take: takes.findLast(({ envSteps }) => envSteps > first.envSteps && envSteps <= until),
      },
    };
  });
  const chosen = new Set(
    told.toSorted((a, b) => b.weight - a.weight).slice(0, MAX_CHANGE_CHAPTERS),
  );
  return told.filter((one) => chosen.has(one)).map(({ event }) => event);
}

function bestAndNow(takes: readonly Take[]): Event[] {
  const learnt = takes.slice(1);
  const newest = learnt.at(-1);
  let best: Take | undefined;
  for (const take of learnt)
    if (take.evalSuccess !== undefined && take.evalSuccess >= (best?.evalSuccess ?? 0)) best = take;
  const events: Event[] = [];
  if (best)
    events.push({
      kind: 'best',
      title: 'Best',
      text: `Of all kept weights these did best when they were tested: ${percent(best.evalSuccess ?? 0)} of held-out worlds.`,
      envSteps: best.envSteps,
      take: best,
    });
  if (newest)
    events.push({
      kind: 'now',
      title: 'Now',
      text: 'The newest kept weights.',
      envSteps: newest.envSteps,
      take: newest,
    });
  return events;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
