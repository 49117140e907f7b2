import { MAX_EPISODE_STEPS } from '../../shared/constants.ts';
import { shortened } from '../../shared/text.ts';
import { takeToken } from '../net/token.ts';
import { LAYER_IDS, type Layers, layersWhere, USUAL_LAYERS } from '../store/layers.ts';
import {
  type Comparison,
  LESSON_IDS,
  type LessonPlace,
  type State,
  VERBS,
  type Verb,
} from '../store/state.ts';
import { comparisonIn, comparisonText } from './compareAddress.ts';

const NO_LAYERS = 'none';

/** What a link asks to show; what it leaves out is as on a first visit. */
export interface Place {
  recording?: string;
  run?: string;
  /** An episode of the run; where the run no longer has it, level and seed are played anew. */
  episode?: string;
  level?: string;
  seed?: number;
  /** Where the episode is held, counted from 0; without it the episode is played. */
  step?: number;
  /** What the page is for, where it is not to watch. */
  verb?: Verb;
  /** What is compared, where one compares. */
  comparison?: Comparison;
  lesson?: LessonPlace;
  /** In the class of this server. */
  inClass?: boolean;
  /** Layers of the stage, where they are not the usual ones. */
  layers?: Layers;
}

export interface Address {
  place: Place;
  token: string | undefined;
  /** What in the address cannot be read, in plain words. */
  problems: string[];
}

/** What the page's address asks for, without the token. */
export function readAddress(): Address {
  const token = takeToken();
  return { ...parsePlace(location.search), token };
}

/** Reads the query of a link; unreadable parts are left out, and named. */
export function parsePlace(search: string): { place: Place; problems: string[] } {
  const params = new URLSearchParams(search);
  const problems: string[] = [];
  const text = (name: string) => {
    const given = params.getAll(name);
    if (given.length <= 1) return given[0] || undefined;
    problems.push(`The link gives ${name} ${given.length} times; accepted: once.`);
    return undefined;
  };
  const whole = (name: string, max: number) => {
    const given = text(name);
    if (given === undefined) return undefined;
    const value = Number(given);
    if (/^\d+$/.test(given) && value <= max) return value;
    problems.push(
      `The link’s ${name} is “${shortened(given, 40)}”; accepted: a whole number from 0 to ${max.toLocaleString('en')}.`,
    );
    return undefined;
  };
  const place: Place = {
    recording: text('recording'),
    run: text('run'),
    episode: text('episode'),
    level: text('level'),
    seed: whole('seed', Number.MAX_SAFE_INTEGER),
    step: whole('step', MAX_EPISODE_STEPS),
    verb: verbIn(text('do'), problems),
    comparison: comparisonIn(text('compare'), problems),
    lesson: lessonIn(text('lesson'), problems),
    inClass: params.has('class') || undefined,
    layers: layersIn(text('layers'), problems),
  };
  // What is compared is seen in its place.
  if (place.comparison) place.verb ??= 'compare';
  return { place, problems };
}

function verbIn(given: string | undefined, problems: string[]): Verb | undefined {
  const verb = VERBS.find((one) => one === given);
  if (given !== undefined && !verb)
    problems.push(`The link’s do is “${shortened(given, 40)}”; accepted: ${VERBS.join(', ')}.`);
  return verb;
}

/** "planner" for a lesson's first screen, "planner.3" for its third, "all" for the list. */
function lessonIn(given: string | undefined, problems: string[]): LessonPlace | undefined {
  if (given === undefined) return undefined;
  const [, name, screen = '1'] = /^([a-z]+)(?:\.([1-9]\d?))?$/.exec(given) ?? [];
  const id = (['all', ...LESSON_IDS] as const).find((one) => one === name);
  if (id) return { id, screen: Number(screen) - 1 };
  problems.push(
    `The link’s lesson is “${shortened(given, 40)}”; accepted: all, ${LESSON_IDS.join(', ')}, with or without a screen, as in planner.2.`,
  );
  return undefined;
}

function layersIn(given: string | undefined, problems: string[]): Layers | undefined {
  if (given === undefined) return undefined;
  const names = given === NO_LAYERS ? [] : given.split(',');
  const unknown = names.filter((name) => !(LAYER_IDS as string[]).includes(name));
  if (unknown.length > 0) {
    problems.push(
      `The link’s layers are “${shortened(given, 60)}”; accepted: ${NO_LAYERS}, or some of ${LAYER_IDS.join(', ')}.`,
    );
    return undefined;
  }
  return layersWhere((id) => names.includes(id));
}

/** The query that shows this place again; `parsePlace` reads it back. */
export function formatPlace(place: Place): string {
  const params = new URLSearchParams();
  for (const name of ['recording', 'run', 'episode', 'level', 'seed', 'step'] as const) {
    const value = place[name];
    if (value !== undefined) params.set(name, String(value));
  }
  if (place.verb && place.verb !== 'watch') params.set('do', place.verb);
  if (place.comparison) params.set('compare', comparisonText(place.comparison));
  const { lesson } = place;
  if (lesson) params.set('lesson', lesson.screen ? `${lesson.id}.${lesson.screen + 1}` : lesson.id);
  if (place.inClass) params.set('class', '1');
  if (place.layers) {
    const on = LAYER_IDS.filter((id) => place.layers?.[id]);
    params.set('layers', on.join(',') || NO_LAYERS);
  }
  const query = params.toString().replaceAll('%2C', ',');
  return query === '' ? '' : `?${query}`;
}

/** Where the page is now. While it follows live that is the run alone: the next episode comes by itself. */
export function placeOf(state: State): Place {
  return { ...stagePlace(state), ...viewPlace(state) };
}

/** Only what is other than usual. */
function viewPlace({ view: { verb, comparison, lesson }, classroom }: State): Place {
  return {
    ...(classroom && { inClass: true }),
    ...(verb === 'compare' && comparison && { comparison }),
    ...(lesson && { lesson }),
  };
}

function stagePlace(state: State): Place {
  const { episode, playback, runId, view } = state;
  const layers = LAYER_IDS.some((id) => view.layers[id] !== USUAL_LAYERS[id])
    ? view.layers
    : undefined;
  const verb = view.verb === 'watch' ? undefined : view.verb;
  const step =
    playback.mode === 'paused' && episode
      ? Math.min(Math.floor(playback.cursor), episode.replay.outcome.steps)
      : undefined;
  const origin = episode?.origin;
  if (episode && origin?.kind === 'recording')
    return { recording: origin.id, run: runId, step, verb, layers };
  if (!episode || playback.mode === 'live' || origin?.kind === 'expert')
    return { run: runId, verb, layers };
  const { id, levelId, seed } = episode.replay;
  return {
    run: runId,
    episode: origin?.kind === 'run' ? id : undefined,
    level: levelId,
    seed,
    step,
    verb,
    layers,
  };
}

/** Whether going from one to the other is a move that "back" should undo, not one within the same place. */
export function isElsewhere(a: Place, b: Place): boolean {
  return a.recording !== b.recording || (a.run !== b.run && a.run !== undefined);
}

/** A link that opens a recording. */
export function recordingLink(id: string): string {
  const url = new URL(location.href);
  url.search = formatPlace({ recording: id });
  return url.href;
}
