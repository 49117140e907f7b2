import type { TrainSettings } from '../../shared/config.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { ChartAxis, LayerChoice, Loop } from '../selectors/view.ts';

/** All that panels may ask for. Those that return a promise reject with a message fit to be shown. */
export interface Commands {
  createRun(levelId: string): void;
  watchRun(runId: string): void;
  stopRun(runId: string): void;
  pauseTraining(): void;
  resumeTraining(): void;
  setRewards(patch: Partial<RewardWeights>): Promise<void>;
  setSettings(patch: Partial<TrainSettings>): Promise<void>;

  togglePlay(): void;
  goLive(): void;
  stepBy(delta: number): void;
  episodeBy(delta: number): void;
  /** Begins an episode that the person plays, or ends it. */
  togglePlayYourself(): void;
  /** An action of the person who plays (index into ACTION_NAMES). */
  act(action: number): void;
  setSpeed(speed: number): void;
  seek(cursor: number): void;
  setLayers(patch: Partial<LayerChoice>): void;
  toggleLayer(id: keyof LayerChoice): void;
  /** Sets mark A (`from`) or B (`to`) of the stretch that is looped at the cursor. */
  markLoop(mark: 'from' | 'to'): void;
  setLoop(loop: Loop | undefined): void;
  /** Shows one of the run's newest episodes. */
  showEpisode(id: string): void;

  toggleRecording(): void;
  playRecording(id: string): void;
  downloadRecording(id: string): void;
  deleteRecording(id: string): void;
  importRecording(file: File): void;
  copyRecordingLink(id: string): void;

  showHelp(): void;
  chooseMetric(id: string): void;
  chooseChartAxis(axis: ChartAxis): void;
  dismissNotice(id: number): void;
}
