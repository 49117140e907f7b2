import type { MetricPoint } from '../../shared/metrics.ts';
import type { Moment, PlayedBy } from '../../shared/moments.ts';
import type {
  LevelSummary,
  RecordingInfo,
  RunInfo,
  RunSnapshot,
  SettingsChange,
} from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { EpisodeView } from './frames.ts';
import type { Layers } from './layers.ts';
import type {
  Baselines,
  Before,
  Classroom,
  ConnectionStatus,
  Notice,
  Playback,
  State,
  ViewChoices,
  WhatIf,
} from './state.ts';

/** Everything that can happen to the client's state. */
export type StoreEvent =
  | { type: 'connection'; status: ConnectionStatus; message?: string }
  | { type: 'levels'; levels: readonly LevelSummary[] }
  | { type: 'runs'; runs: readonly RunInfo[] }
  | { type: 'run'; run: RunInfo }
  | { type: 'opening'; levelId: string | undefined }
  | { type: 'fetching'; world: State['fetching'] }
  | { type: 'watch'; snapshot: RunSnapshot }
  | { type: 'beside'; snapshot: RunSnapshot | undefined }
  | { type: 'point'; runId: string; point: MetricPoint }
  | { type: 'change'; runId: string; change: SettingsChange }
  | { type: 'episode'; runId: string; replay: Replay }
  | { type: 'moments'; runId: string; moments: readonly Moment[] }
  | { type: 'playedBy'; episodeId: string; playedBy: PlayedBy }
  /** Joining gives all of it; without a patch the class is left. */
  | { type: 'class'; patch: Partial<Classroom> | undefined }
  | { type: 'recordings'; recordings: readonly RecordingInfo[] }
  | { type: 'recording:added'; recording: RecordingInfo }
  | { type: 'recording:removed'; recordingId: string }
  | { type: 'recording:toggle'; on: boolean }
  | { type: 'show'; episode: EpisodeView }
  | { type: 'playback'; patch: Partial<Playback> }
  | { type: 'baselines'; levelId: string; baselines: Baselines }
  | { type: 'whatIf'; patch: Partial<WhatIf> }
  | { type: 'notice'; notice: Notice }
  | { type: 'notice:gone'; id: number }
  | { type: 'before'; before: Before | undefined }
  | { type: 'layers'; patch: Partial<Layers> }
  | { type: 'view'; patch: Partial<ViewChoices> };
