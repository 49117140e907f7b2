import type { Replay } from '../../../shared/replay.ts';
import type { Minds } from '../../play/minds.ts';
import type { Seat } from '../../play/seat.ts';
import type { Sink } from '../../play/table.ts';
import { dropPartial, type Readouts } from './readouts.ts';

/** What became of one episode. */
export interface EpisodeEnd {
  levelId: string;
  success: boolean;
  return: number;
  length: number;
  /** One of several attempts at a seed, and not the first. */
  again?: boolean;
}

export interface EpisodeLogOptions {
  runId: string;
  /** Part of the episodes' ids: other workers have worlds of the same index. */
  rank: number;
  policy: string;
  /** Environment steps of the run before this log. */
  envSteps?: number;
  /** What the episodes are played for; by default to learn from them. */
  kind?: 'training' | 'evaluation';
  /** How they are played, where that is as a replay can say it. */
  played?: Replay['played'];
  /** Steps of the whole run, all workers together, per turn of these seats. */
  stepsPerTurn: number;
  /** Whether the seat's episode is an attempt at a seed that was tried before. */
  isAgain?: (seat: Seat) => boolean;
}

/** Notes how each episode ended, and hands out some of them as replays. */
export class EpisodeLog implements Sink {
  private ends: EpisodeEnd[] = [];
  private readonly options: EpisodeLogOptions;
  private readonly minds: Minds;
  private readonly shown = new Set<Seat>();
  private envSteps: number;
  private readouts: Readouts | undefined;
  private onEpisode: ((replay: Replay) => void) | undefined;

  /** @param minds of the seats whose episodes are shown */
  constructor(minds: Minds, options: EpisodeLogOptions) {
    this.minds = minds;
    this.options = options;
    this.envSteps = options.envSteps ?? 0;
  }

  /**
   * @param readouts added to what is shown
   * @param onEpisode called with each episode to show as soon as it ends: the first one of a rollout at
   * each of these seats, since nobody knows yet how many will follow
   */
  beginRollout(readouts?: Readouts, onEpisode?: (replay: Replay) => void): void {
    this.shown.clear();
    this.readouts = readouts;
    this.onEpisode = onEpisode;
  }

  decided(): void {
    this.envSteps += this.options.stepsPerTurn;
  }

  async ended(seat: Seat): Promise<void> {
    const { levelId, success, steps: length } = seat.episode;
    const again = this.options.isAgain?.(seat) ?? false;
    this.ends.push({ levelId, success, return: seat.episode.return, length, again });
    const mind = this.minds.minds[seat.index];
    // A restored episode lacks the thoughts before the restart.
    if (!mind || mind.values.length !== length || this.shown.has(seat)) {
      this.readouts?.drop(seat.index);
      return;
    }
    this.shown.add(seat);
    const { runId, policy, rank, kind = 'training', played } = this.options;
    const { envSteps } = this;
    const replay = seat.episode.document(
      `${runId}.${envSteps}.${kind === 'training' ? '' : 't'}${rank}-${seat.index}`,
      { kind, runId, policy, envSteps },
      { mind, ...(played && { played }) },
    );
    await this.readouts?.read(seat.index);
    dropPartial(mind, length);
    this.onEpisode?.(replay);
  }

  takeEnds(): EpisodeEnd[] {
    return this.ends.splice(0);
  }
}
