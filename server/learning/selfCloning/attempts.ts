import type { SeedStream } from '../../../envs/index.ts';
import type { Seat } from '../../play/seat.ts';
import type { Dealer, Sink } from '../../play/table.ts';
import { AttemptBook, type AttemptBookRecord } from './attemptBook.ts';
import { NotedChoices } from './choices.ts';

export type AttemptsRecord = AttemptBookRecord;

/** Plays several attempts at each seed: deals them to the seats, ends hopeless ones, and keeps the best. */
export class Attempts implements Sink {
  readonly book: AttemptBook;
  /** What draws at each seat. */
  readonly sources: readonly NotedChoices[];

  /** @param rank which worker this is: its seeds are its own */
  constructor(
    seats: number,
    levelIds: readonly string[],
    seeds: SeedStream,
    rank: number,
    rehearsed: readonly string[] = [],
  ) {
    const levels = [...new Set(levelIds)];
    this.sources = Array.from({ length: seats }, () => new NotedChoices());
    this.book = new AttemptBook(seats, {
      seeds,
      rehearsed: new Set(rehearsed),
      streamOf: (levelId) => rank * levels.length + levels.indexOf(levelId),
    });
  }

  readonly deal: Dealer = (seat) => {
    this.book.deal(seat.index, seat.episode.levelId, (seed) => seat.begin(seed));
    return true;
  };

  stepped({ index, episode }: Seat): boolean {
    return this.book.isHopeless(index, episode.steps, episode.return) && !episode.over;
  }

  ended({ index, episode }: Seat): void {
    const { levelId, seed, success } = episode;
    const actions = Array.from(episode.actions);
    const { choices } = this.sources[index];
    this.book.end(index, {
      ...{ levelId, seed, actions, choices: [...choices], success },
      return: episode.return,
    });
  }

  record(): AttemptsRecord {
    return this.book.record();
  }

  restore(record: AttemptsRecord): void {
    this.book.restore(record);
  }
}
