import type { ClassShown, ClassState } from '../../shared/classroom.ts';
import type { LearningChoice } from '../../shared/config.ts';
import type { Subgoal } from '../../shared/goals.ts';
import type { Moment, PlayedBy } from '../../shared/moments.ts';
import type { Ablation, GoalOverride, WhoActs, WhoPlans } from '../../shared/play.ts';
import type {
  LevelSummary,
  RecordingInfo,
  RunInfo,
  SettingsChange,
} from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { EpisodeView, Position } from './frames.ts';
import { type Layers, USUAL_LAYERS } from './layers.ts';
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
  /** Stretch of the shown episode that is played over and over. */
  loop: Loop | undefined;
}

/** Marks A and B: the first step that is played, and the first that no longer is; B is missing until it is set. */
export interface Loop {
  from: number;
  to: number | undefined;
}

/** What somebody tries out on an episode: other goals, or other actions, from some step on. */
export interface WhatIf {
  /** The episode that was left, and where; undefined while nothing is tried out. */
  from: { episode: EpisodeView; step: number } | undefined;
  /** What was done to it, in words. */
  told: string;
  /** Goals given on the way to what is shown. */
  overrides: readonly GoalOverride[];
  /** Who plays on, as `episode:play` names it. */
  policy: string;
  /** The server plays. */
  busy: boolean;
  /** Cell that is pointed at by keyboard. */
  aim: Position | undefined;
  /** What the Planner is to want at a cell that is touched. */
  subgoal: Subgoal;
  /** What the agent would do where the person is to act. */
  proposal: Proposal | undefined;
  /** Which weights play on, in words. */
  weights: string;
  /** The same world with nothing done to it, or as the agent plays it: what the trial is compared with. */
  control: Before | undefined;
}

export interface Proposal {
  step: number;
  /** In the order of ACTION_NAMES, 0 to 1. */
  probabilities: readonly number[];
  /** "pick up · blue key"; undefined without a Planner. */
  goal: string | undefined;
}

export interface Notice {
  id: number;
  tone: 'info' | 'good' | 'bad';
  text: string;
  /** What can be done about it: a button beside the words. */
  action?: { label: string; act(): void };
}

/** What the page is for at the moment: to look, to interfere, or to set policies side by side. */
export const VERBS = ['watch', 'change', 'compare'] as const;
export type Verb = (typeof VERBS)[number];

/** The episode that the run's first weights play in the world on the stage. */
export type Before = (
  | { status: 'coming'; view?: undefined }
  | { status: 'here'; view: EpisodeView }
  | { status: 'none'; view?: undefined; reason: string }
) & {
  /** Who played it, if not the first weights. */
  title?: string;
};

/** What one side of a comparison plays with. */
export interface SideChoice {
  policy: string;
  ablation: Ablation;
  /** Whose goals, and who acts; nothing is the policy's own. */
  planner: WhoPlans | undefined;
  doer: WhoActs | undefined;
  depth: number | undefined;
  greedy: boolean;
}

/** Two to four may be compared. */
export const SIDE_NAMES = ['A', 'B', 'C', 'D'] as const;
export type SideName = (typeof SIDE_NAMES)[number];

/** A comparison: who plays, and the worlds that all sides get. */
export interface Comparison {
  levelId: string;
  /** Of the first world; the others follow. */
  seed: number;
  worlds: number;
  /** Two to four. */
  sides: readonly SideChoice[];
}

/** How a side has done so far. */
export interface Score {
  played: number;
  done: number;
}

/** In the order in which they are taught. */
export const LESSON_IDS = ['planner', 'tell', 'thinking', 'reward', 'curriculum'] as const;
export type LessonId = (typeof LESSON_IDS)[number];

/** The lesson on the lectern, or all of them to choose from. */
export interface LessonPlace {
  id: LessonId | 'all';
  /** Counted from 0. */
  screen: number;
}

/** The visitor's view settings; none of them reach the server. */
export interface ViewChoices {
  verb: Verb;
  /** What the wide picture under the stage shows the course of. */
  course: 'learning' | 'episode' | 'story';
  layers: Layers;
  /** Metric shown in the chart that people can choose. */
  extraMetric: string;
  chartAxis: ChartAxis;
  help: boolean;
  /** Play the shown seed again and again, by the newest policy. */
  keepSeed: boolean;
  /** What runs start from that are made at this page: a name in STARTS, or a checkpoint. */
  startFrom: string;
  /** How they learn. */
  learnBy: LearningChoice;
  /** What is compared, as the page shows or a link asks for; undefined before anything was. */
  comparison: Comparison | undefined;
  /** How the sides of that comparison have done. */
  scores: readonly Score[] | undefined;
  lesson: LessonPlace | undefined;
}

/** What the learning curves are drawn over. */
export const CHART_AXES = ['envSteps', 'episodes', 'seconds'] as const;
export type ChartAxis = (typeof CHART_AXES)[number];

/** How well a scripted policy does on a level, for comparison. */
export interface Baseline {
  success: number;
  /** Mean steps of an episode. */
  length: number;
  /** Mean mission reward. */
  reward: number;
  episodes: number;
}
export interface Baselines {
  random: Baseline;
  expert: Baseline;
}

/** The class that this page is in. */
export interface Classroom {
  /** This page's own id in it. */
  you: string;
  state: ClassState;
  /** What the one who controls has on the stage. */
  shown: ClassShown | undefined;
  /** False while this page goes its own way. */
  follows: boolean;
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
  /** The world that the agent plays because somebody asked for it, until its episode is here. */
  fetching: { levelId: string; seed: number } | undefined;
  series: Series;
  changes: readonly SettingsChange[];
  /** Another run whose curves are drawn beside those of the watched one. */
  beside: { runId: string; series: Series } | undefined;
  /** The watched run's finished episodes, oldest first. */
  episodes: readonly Replay[];
  /** What the server keeps of all of the watched run's learning, in order of steps. */
  moments: readonly Moment[];
  /** By episode, as far as they were asked for: the kept checkpoint nearest to the weights that played it. */
  playedBy: Readonly<Record<string, PlayedBy>>;
  classroom: Classroom | undefined;
  recordings: readonly RecordingInfo[];
  /** Save every episode that is shown. */
  recording: boolean;
  episode: EpisodeView | undefined;
  /** Undefined where there is no world to play. */
  before: Before | undefined;
  /** By level, as far as they have been measured here. */
  baselines: Readonly<Record<string, Baselines>>;
  playback: Playback;
  whatIf: WhatIf;
  notices: readonly Notice[];
  view: ViewChoices;
}

export const NOTHING_TRIED: WhatIf = {
  from: undefined,
  told: '',
  overrides: [],
  policy: '',
  busy: false,
  aim: undefined,
  subgoal: 'goNextTo',
  proposal: undefined,
  weights: '',
  control: undefined,
};

export function initialState(): State {
  return {
    connection: 'connecting',
    connectionMessage: '',
    levels: [],
    runs: {},
    runId: undefined,
    opening: undefined,
    fetching: undefined,
    series: emptySeries(),
    changes: [],
    beside: undefined,
    episodes: [],
    moments: [],
    playedBy: {},
    classroom: undefined,
    recordings: [],
    recording: false,
    baselines: {},
    episode: undefined,
    before: undefined,
    playback: { mode: 'live', speed: 1, cursor: 0, held: 0, loop: undefined },
    whatIf: NOTHING_TRIED,
    notices: [],
    view: {
      verb: 'watch',
      course: 'learning',
      layers: USUAL_LAYERS,
      extraMetric: 'goalHitRate',
      chartAxis: 'seconds',
      help: false,
      keepSeed: false,
      startFrom: 'default',
      learnBy: 'usual',
      comparison: undefined,
      scores: undefined,
      lesson: undefined,
    },
  };
}
