import type { CheckpointLine, UploadedCheckpoint } from '../../shared/checkpoints.ts';
import type { TrainSettings } from '../../shared/config.ts';
import type { Subgoal } from '../../shared/goals.ts';
import type { RecordPatch } from '../../shared/intent.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import type { Layers } from '../store/layers.ts';
import type { ChartAxis, Loop, State, Verb } from '../store/state.ts';

/** All that panels may ask for. Those that return a promise reject with a message fit to be shown. */
export interface Commands {
  createRun(levelId: string): void;
  watchRun(runId: string): void;
  stopRun(runId: string): void;
  /** Removes a run that has ended; its forks stay. */
  deleteRun(runId: string): void;
  /** Branches off a run that goes on from a checkpoint, and watches it. */
  forkFrom(runId: string, checkpoint: string): void;
  /** Puts a fork and what it branched off from side by side on the same worlds. */
  compareWithParent(runId: string): void;
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
  /** Gives the Planner a goal at a world cell, from the step on the stage on, and shows what follows. */
  touchCell(x: number, y: number): void;
  /** Begins or ends pointing at a cell by keyboard. */
  toggleAim(): void;
  moveAim(dx: number, dy: number): void;
  touchAim(): void;
  chooseSubgoal(subgoal: Subgoal): void;
  /** Lets the person act from the step on the stage on. */
  takeOverHere(): void;
  /** Lets the agent go on from where the person is. */
  handBack(): void;
  /** Back to the episode that was left, at the step where it was left. */
  leaveBranch(): void;
  /** Keeps what was tried out as a recording. */
  keepBranch(): void;
  setSpeed(speed: number): void;
  seek(cursor: number): void;
  setLayers(patch: Partial<Layers>): void;
  toggleLayer(id: keyof Layers): void;
  /** Sets mark A (`from`) or B (`to`) of the stretch that is looped at the cursor. */
  markLoop(mark: 'from' | 'to'): void;
  setLoop(loop: Loop | undefined): void;
  /** Shows an episode of the run, of any time that is kept. */
  showEpisode(id: string): void;
  /** A small picture of an episode's end as an address; undefined where it is no longer kept. */
  pictureOf(id: string): Promise<string | undefined>;

  /** Renames the watched run, or says something about it. */
  describeRun(patch: { name?: string; note?: string; tags?: string[] }): Promise<void>;
  listCheckpoints(runId: string): Promise<CheckpointLine[]>;
  /** Hands a file of the server to the visitor. */
  downloadFile(path: string, name: string): Promise<void>;
  /** Gives the server a policy. */
  uploadPolicy(file: File): Promise<UploadedCheckpoint>;
  /** What runs made from now on start from: a name in STARTS, or a checkpoint. */
  startFrom(start: string): void;
  /** Shows the link to what is on the stage. */
  share(): void;

  toggleRecording(): void;
  playRecording(id: string): void;
  downloadRecording(id: string): void;
  /** With an offer to undo it. */
  deleteRecordings(ids: readonly string[]): void;
  /** Puts back what was deleted in the last hour. */
  restoreRecordings(ids: readonly string[]): void;
  describeRecording(id: string, patch: { name?: string; tags?: string[] }): void;
  /** As one zip of replay files. */
  downloadRecordings(ids: readonly string[]): void;
  /** A small picture of a recording's end as an address. */
  pictureOfRecording(id: string): Promise<string | undefined>;
  /** What the watched run is to record by itself. */
  setRecord(patch: RecordPatch): void;
  openLibrary(): void;
  importRecording(file: File): void;
  copyRecordingLink(id: string): void;

  showHelp(): void;
  /** Opens the lectern with all lessons, or closes it. */
  toggleLessons(): void;
  /** To watch, to change, or to compare. */
  chooseVerb(verb: Verb): void;
  /** Opens the comparison of two policies on the same worlds, or leaves it. */
  toggleCompare(): void;
  /** What the wide picture under the stage shows the course of. */
  chooseCourse(course: State['view']['course']): void;
  chooseMetric(id: string): void;
  /** Draws another run's curves beside those of the watched one; none for undefined. */
  showBeside(runId: string | undefined): void;
  chooseChartAxis(axis: ChartAxis): void;
  dismissNotice(id: number): void;
}
