import type { RunInfo, RunSnapshot } from '../../shared/protocol.ts';
import type { RunStore } from '../storage/store.ts';

const KEPT = 8;
const POINTS = 1000;
const CHANGES = 1000;
const EPISODES = 12;
const EPISODE_BYTES = 300_000;

/** What new viewers of a run are told at once, kept until something in the run changes. */
export class Snapshots {
  private readonly store: RunStore;
  /** Snapshots of the runs that somebody asked for lately. */
  private readonly kept = new Map<string, RunSnapshot>();

  constructor(store: RunStore) {
    this.store = store;
  }

  /** Made once for all who come before the next change, so it must not be changed. */
  of(run: RunInfo): RunSnapshot {
    const known = this.kept.get(run.id);
    if (known) return known;
    const made: RunSnapshot = {
      run,
      metrics: this.store.points(run.id, POINTS),
      changes: this.store.changes(run.id, CHANGES),
      episodes: this.store.episodes(run.id, EPISODES, EPISODE_BYTES),
    };
    this.kept.set(run.id, made);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(oldest);
    }
    return made;
  }

  forget(runId: string): void {
    this.kept.delete(runId);
  }
}
