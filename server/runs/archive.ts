import type { CheckpointLine } from '../../shared/checkpoints.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { Moment, PlayedBy } from '../../shared/moments.ts';
import type { RunSnapshot } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';
import type { RunStore } from '../storage/store.ts';
import type { RunTable } from './runTable.ts';
import { Snapshots } from './snapshots.ts';

/** What is kept of runs, to be read: measurements, episodes, checkpoints. */
export class RunArchive {
  private readonly runs: RunTable;
  private readonly store: RunStore;
  private readonly folder: CheckpointFolder;
  private readonly snapshots: Snapshots;

  constructor(runs: RunTable, store: RunStore, folder: CheckpointFolder) {
    this.runs = runs;
    this.store = store;
    this.folder = folder;
    this.snapshots = new Snapshots(store);
  }

  /** Everything that a new viewer of the run needs. It is shared by viewers: not to be changed. */
  snapshot(runId: string): RunSnapshot {
    return this.snapshots.of(this.runs.get(runId).info);
  }

  /** Something in a run has changed: its snapshot is made anew. */
  changed(runId: string): void {
    this.snapshots.forget(runId);
  }

  /** All measurements that are kept of a run. */
  points(runId: string): MetricPoint[] {
    this.runs.get(runId);
    return this.store.points(runId, Number.POSITIVE_INFINITY);
  }

  /** When a run was made, in milliseconds since 1970. */
  createdAt(runId: string): number {
    return this.runs.get(runId).info.createdAt;
  }

  /** The episodes that are kept of all of a run's learning, in order of steps. */
  moments(runId: string): Moment[] {
    this.runs.get(runId);
    return this.store.moments(runId);
  }

  /** An episode that viewers were shown and that is kept. */
  episode(runId: string, episodeId: string): Replay {
    this.runs.get(runId);
    const replay = this.store.episode(runId, episodeId);
    if (!replay)
      throw new RequestError(
        'not-found',
        `Episode ${episodeId} is no longer kept; record an episode soon after it was played, or open its link.`,
        'episodeId',
      );
    return replay;
  }

  /** Keeps an episode for as long as its run is kept; false where it is gone, or too many are held. */
  hold(runId: string, episodeId: string): boolean {
    const driver = this.runs.get(runId);
    return this.store.holdMoment(runId, (replay) => driver.momentOf(replay), episodeId);
  }

  /** A run's kept checkpoints, newest first. */
  checkpoints(runId: string): CheckpointLine[] {
    this.runs.get(runId);
    return this.folder
      .list(runId)
      .map(({ id, updates, envSteps, bytes, evalSuccess, savedAt }) => ({
        ...{ id, updates, envSteps, bytes, savedAt },
        ...(evalSuccess !== undefined && { evalSuccess }),
      }));
  }

  /** The file of a checkpoint, by its id or its run's. */
  async checkpointFile(id: string): Promise<string> {
    const found = await this.folder.find(id);
    if (found) return found.file;
    throw new RequestError('not-found', `There is no checkpoint ${id} (any more).`, 'checkpointId');
  }

  /** The kept checkpoint nearest to the weights that played an episode's end; undefined where there is none. */
  playedBy({ source }: Replay): PlayedBy | undefined {
    const all = this.folder.list(source.runId);
    // An update's episodes are played by the weights that the update before it left.
    const at = all.findIndex(({ envSteps }) => envSteps < source.envSteps);
    const own = all[at];
    const nearest = own ?? all.at(-1);
    if (!nearest) return undefined;
    const { settings } = this.runs.get(source.runId).info;
    const anUpdate = settings.environments * settings.rolloutSteps;
    const { id, envSteps } = nearest;
    return { policy: id, envSteps, exact: !!own && envSteps + anUpdate >= source.envSteps };
  }
}
