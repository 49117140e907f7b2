import type {
  LevelSummary,
  RecordingInfo,
  RunInfo,
  SettingsChange,
} from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { EpisodeView } from './frames.ts';
import { emptySeries, type Series } from './series.ts';

export type ConnectionStatus = 'connecting' | 'online' | 'reconnecting' | 'refused';

/** `live` follows the run's newest episodes, `playing` goes through what is there, `paused` holds. */
export type PlayMode = 'live' | 'playing' | 'paused';

export const SPEEDS = [0.25, 1, 2, 4, 16] as const;

export interface Playback {
  mode: PlayMode;
  /** Viewing speed: 1 is four steps a second. */
  speed: number;
  /** Position in the shown episode, in steps with fractions: 3.4 is 40 % of the way from frame 3 to 4. */
  cursor: number;
  /** Seconds for which the end of the episode has been held. */
  held: number;
}

export interface Notice {
  id: number;
  tone: 'info' | 'good' | 'bad';
  text: string;
}

/** What the visitor chose to see; none of it reaches the server. */
export interface ViewChoices {
  layers: Layers;
  /** Metric shown in the chart that people can choose. */
  extraMetric: string;
  help: boolean;
}

export interface Layers {
  goal: boolean;
  fog: boolean;
  view: boolean;
  trail: boolean;
  letters: boolean;
}

export interface State {
  connection: ConnectionStatus;
  /** Why the connection is not there, in plain words. */
  connectionMessage: string;
  levels: readonly LevelSummary[];
  runs: Readonly<Record<string, RunInfo>>;
  /** The watched run, or the one that is being opened. */
  runId: string | undefined;
  /** Level for which a run is being made. */
  opening: string | undefined;
  series: Series;
  changes: readonly SettingsChange[];
  /** The watched run's finished episodes, oldest first. */
  episodes: readonly Replay[];
  recordings: readonly RecordingInfo[];
  /** Save every episode that is shown. */
  recording: boolean;
  episode: EpisodeView | undefined;
  playback: Playback;
  notices: readonly Notice[];
  view: ViewChoices;
}

export function initialState(): State {
  return {
    connection: 'connecting',
    connectionMessage: '',
    levels: [],
    runs: {},
    runId: undefined,
    opening: undefined,
    series: emptySeries(),
    changes: [],
    episodes: [],
    recordings: [],
    recording: false,
    episode: undefined,
    playback: { mode: 'live', speed: 1, cursor: 0, held: 0 },
    notices: [],
    view: {
      layers: { goal: true, fog: true, view: true, trail: true, letters: false },
      extraMetric: 'goalHitRate',
      help: false,
    },
  };
}
