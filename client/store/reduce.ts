import { at } from '../../shared/indexing.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { StoreEvent } from './events.ts';
import type { EpisodeView } from './frames.ts';
import { appendPoint, seriesOf } from './series.ts';
import { type Classroom, NOTHING_TRIED, type State, type WhatIf } from './state.ts';

/** Most episodes that the page keeps, and most steps of all of them together; the oldest go first. */
export const MAX_KEPT_EPISODES = 48;
export const MAX_KEPT_STEPS = 24_000;
const MAX_CHANGES = 400;
const MAX_NOTICES = 4;

/** The next state. Pure: the same state and event give the same result, and nothing is changed in place. */
export function reduce(state: State, event: StoreEvent): State {
  switch (event.type) {
    case 'connection':
      return {
        ...state,
        connection: event.status,
        connectionMessage: event.message ?? '',
      };
    case 'levels':
      return { ...state, levels: event.levels };
    case 'runs':
      return { ...state, runs: Object.fromEntries(event.runs.map((run) => [run.id, run])) };
    case 'run':
      return { ...state, runs: { ...state.runs, [event.run.id]: event.run } };
    case 'opening':
      // While a run is being made the stage has nothing of it to show yet.
      return event.levelId === undefined
        ? { ...state, opening: undefined }
        : { ...state, opening: event.levelId, episode: undefined, episodes: [] };
    case 'fetching':
      return { ...state, fetching: event.world };
    case 'watch': {
      const { run, metrics, changes, episodes } = event.snapshot;
      return {
        ...state,
        runId: run.id,
        opening: undefined,
        episode: isOfOtherRun(state.episode, run.id) ? undefined : state.episode,
        runs: { ...state.runs, [run.id]: run },
        series: seriesOf(metrics),
        changes: changes.slice(-MAX_CHANGES),
        episodes: boundEpisodes(episodes),
        moments: run.id === state.runId ? state.moments : [],
        playedBy: run.id === state.runId ? state.playedBy : {},
      };
    }
    case 'beside': {
      const { snapshot } = event;
      if (!snapshot) return { ...state, beside: undefined };
      const { run, metrics } = snapshot;
      return {
        ...state,
        runs: { ...state.runs, [run.id]: run },
        beside: { runId: run.id, series: seriesOf(metrics) },
      };
    }
    case 'class':
      return { ...state, classroom: classAfter(state.classroom, event.patch) };
    case 'point':
      if (event.runId !== state.runId) return state;
      return {
        ...state,
        series: appendPoint(state.series, event.point),
        runs: withCounters(state.runs, event.runId, event.point),
      };
    case 'change':
      if (event.runId !== state.runId) return state;
      return { ...state, changes: addChange(state.changes, event.change) };
    case 'episode':
      if (event.runId !== state.runId) return state;
      if (state.episodes.some((episode) => episode.id === event.replay.id)) return state;
      return { ...state, episodes: boundEpisodes([...state.episodes, event.replay]) };
    case 'moments':
      return event.runId === state.runId ? { ...state, moments: event.moments } : state;
    case 'playedBy':
      return {
        ...state,
        playedBy: { ...state.playedBy, [event.episodeId]: event.playedBy },
      };
    case 'recordings':
      return { ...state, recordings: newestFirst(event.recordings) };
    case 'recording:added':
      return {
        ...state,
        recordings: newestFirst([
          ...state.recordings.filter((known) => known.id !== event.recording.id),
          event.recording,
        ]),
      };
    case 'recording:removed':
      return {
        ...state,
        recordings: state.recordings.filter((known) => known.id !== event.recordingId),
      };
    case 'recording:toggle':
      return { ...state, recording: event.on };
    case 'show':
      return {
        ...state,
        episode: isUntaught(state, event.episode)
          ? { ...event.episode, untaught: true }
          : event.episode,
        whatIf: whatIfBeside(state.whatIf, event.episode),
        playback: { ...state.playback, cursor: 0, held: 0, loop: undefined },
      };
    case 'before':
      return { ...state, before: event.before };
    case 'whatIf':
      return { ...state, whatIf: { ...state.whatIf, ...event.patch } };
    case 'playback':
      return { ...state, playback: { ...state.playback, ...event.patch } };
    case 'baselines':
      return {
        ...state,
        baselines: { ...state.baselines, [event.levelId]: event.baselines },
      };
    case 'notice':
      return { ...state, notices: [...state.notices, event.notice].slice(-MAX_NOTICES) };
    case 'notice:gone':
      return { ...state, notices: state.notices.filter((notice) => notice.id !== event.id) };
    case 'layers':
      return {
        ...state,
        view: { ...state.view, layers: { ...state.view.layers, ...event.patch } },
      };
    case 'view':
      return { ...state, view: { ...state.view, ...event.patch } };
  }
}

/** From scratch, with no weight on the expert's subgoals, nothing teaches the goal head. */
function isUntaught({ runs }: State, { origin, replay }: EpisodeView): boolean {
  const run = runs[origin.kind === 'run' ? origin.runId : replay.source.runId];
  if (!run || (run.fork?.init ?? run.init) !== 'scratch') return false;
  const { goalWeight, hindsightWeight = 0 } = run.settings;
  return goalWeight === 0 && hindsightWeight === 0;
}

/** Showing an episode that is no part of what is tried out ends the trial. */
function whatIfBeside(whatIf: WhatIf, { origin }: EpisodeView): WhatIf {
  const goesOn = origin.kind === 'whatif' || origin.kind === 'person';
  return goesOn ? whatIf : { ...NOTHING_TRIED, subgoal: whatIf.subgoal };
}

/** The newest episodes within both limits; at least one stays. */
export function boundEpisodes(episodes: readonly Replay[]): readonly Replay[] {
  let steps = 0;
  let first = episodes.length;
  while (first > 0 && episodes.length - first < MAX_KEPT_EPISODES) {
    steps += at(episodes, first - 1).outcome.steps;
    if (steps > MAX_KEPT_STEPS && first < episodes.length) break;
    first -= 1;
  }
  return first === 0 ? episodes : episodes.slice(first);
}

function isOfOtherRun(episode: EpisodeView | undefined, runId: string): boolean {
  return episode?.origin.kind === 'run' && episode.origin.runId !== runId;
}

function addChange(
  changes: readonly SettingsChange[],
  change: SettingsChange,
): readonly SettingsChange[] {
  const known = changes.some((other) => other.at === change.at && other.kind === change.kind);
  return known ? changes : [...changes, change].slice(-MAX_CHANGES);
}

function newestFirst(recordings: readonly RecordingInfo[]): readonly RecordingInfo[] {
  return [...recordings].sort((a, b) => b.savedAt - a.savedAt);
}

function withCounters(
  runs: Readonly<Record<string, RunInfo>>,
  runId: string,
  point: { envSteps: number; episodes: number; updates: number; seconds: number },
): Readonly<Record<string, RunInfo>> {
  const run = runs[runId];
  if (!run || point.updates < run.updates) return runs;
  const { envSteps, episodes, updates, seconds } = point;
  return { ...runs, [runId]: { ...run, envSteps, episodes, updates, seconds } };
}

function classAfter(
  now: State['classroom'],
  patch: Partial<Classroom> | undefined,
): State['classroom'] {
  if (!patch) return undefined;
  const { you = now?.you, state = now?.state } = patch;
  // What comes late, after the class was left.
  if (you === undefined || !state) return undefined;
  const shown = patch.shown ?? now?.shown;
  // An episode is sent once, and then named.
  const replay = shown?.replay ?? now?.shown?.replay;
  return {
    ...{ you, state, follows: patch.follows ?? now?.follows ?? true },
    shown: shown && { place: shown.place, ...(replay && { replay }) },
  };
}
