import { beginNext, type SeedStream } from '../../../envs/index.ts';

/** An episode that was played in a world, with everything that was decided in it. */
export interface Attempt {
  levelId: string;
  seed: number;
  actions: number[];
  /** See `choices.ts`. */
  choices: number[];
  return: number;
  success: boolean;
}

/** The attempts at one seed. */
interface Group {
  id: number;
  seed: number;
  begun: number;
  over: number;
  succeeded: number;
  /** Sum of the returns of those that are over. */
  returns: number;
  /** One of them failed, or takes long: this seed is worth more attempts. */
  isHard: boolean;
  /** The best return, the shortest of equals. */
  best?: Attempt;
}

/** What an attempt book knows of one level. */
interface LevelBook {
  /** Number of the newest seed in the stream, from 0. */
  newest: number;
  nextId: number;
  open: Group[];
  /** Successful first attempts so far, at most MEMORY of them, and their mean length. */
  successes: number;
  meanLength: number;
  /** The newest success at a seed that was not hard; absent once it was kept. */
  easy?: Attempt;
}

/** The attempt that is being made at a seat. */
interface Sitting {
  levelId: string;
  group: number;
  /** From 0. */
  attempt: number;
}

/** Plain data from which a book goes on. */
export interface AttemptBookRecord {
  levels: [levelId: string, book: LevelBook][];
  /** Of each seat. */
  seats: (Sitting | null)[];
  kept: Attempt[];
  counts: AttemptCounts;
}

/** What became of groups since somebody last asked. */
export interface AttemptCounts {
  /** Seeds at which an attempt failed or took long, all of whose attempts are over. */
  hard: number;
  /** Those of them at which some attempt succeeded. */
  solved: number;
  /** Attempts that were kept to be imitated. */
  kept: number;
}

export interface AttemptBookOptions {
  seeds: SeedStream;
  /** Which stream of seeds a level uses: not the same in two workers. */
  streamOf(levelId: string): number;
  /** Levels that are played so as not to be forgotten: once a seed, and nothing of them is imitated. */
  rehearsed?: ReadonlySet<string>;
}

export interface AttemptLimits {
  /** Most attempts at one seed. */
  attempts: number;
  /** An attempt ends after so many times the length of the best success at the seed; where there is none, of a usual one, and the first goes on. */
  patience: number;
}

/** So many successes at a seed suffice: the shortest of more is hardly shorter. */
const ENOUGH = 2;
/** An attempt that takes so many times the usual length of a success makes its seed a hard one. */
const LONG = 2;
/** Successes before anybody can say what is usual. */
const FEW = 10;
/** The mean length of successes follows about so many of the newest. */
const MEMORY = 200;
/** Returns that differ by less are equal. */
const EQUAL = 1e-6;

const noCounts = (): AttemptCounts => ({ hard: 0, solved: 0, kept: 0 });

/**
 * Says which seed is played next at a seat, and which attempts are worth imitating. A seed is played once; where that
 * fails or takes long, several times more, and the best attempt is kept if it is better than the mean of all: with the
 * plain reward, the shortest success. Attempts that go on while others at the seed are over carry their group along, so
 * no seat ever waits.
 */
export class AttemptBook {
  private readonly options: AttemptBookOptions;
  private readonly levels = new Map<string, LevelBook>();
  private readonly seats: (Sitting | null)[];
  private kept: Attempt[] = [];
  private counts = noCounts();
  limits: AttemptLimits = { attempts: 8, patience: 4 };

  constructor(seats: number, options: AttemptBookOptions) {
    this.options = options;
    this.seats = Array<null>(seats).fill(null);
  }

  /** Begins the next attempt at a seat that plays this level. */
  deal(seat: number, levelId: string, begin: (seed: number) => void): void {
    const book = this.bookOf(levelId);
    let group = book.open.find((open) => this.wants(open));
    if (group) begin(group.seed);
    else {
      let seed = 0;
      const { seeds, streamOf } = this.options;
      book.newest = beginNext(seeds, streamOf(levelId), book.newest, (next) => {
        begin(next);
        seed = next;
      });
      group = {
        ...{ id: book.nextId++, seed, begun: 0, over: 0, succeeded: 0, returns: 0 },
        isHard: false,
      };
      book.open.push(group);
    }
    this.seats[seat] = { levelId, group: group.id, attempt: group.begun++ };
  }

  /** Whether an attempt that has taken so many steps is to end here, since it will not be the best. */
  isHopeless(seat: number, steps: number, returned: number): boolean {
    const { group, book } = this.at(seat);
    const usual = book.successes >= FEW ? book.meanLength : Number.POSITIVE_INFINITY;
    if (steps > LONG * usual && !this.rehearses(this.seats[seat]!.levelId)) group.isHard = true;
    const { best } = group;
    if (best && returned > best.return) return false;
    // First attempts have their time: else only short successes would be seen, and taken for usual ones.
    const enough = this.isAgain(seat) ? usual : Number.POSITIVE_INFINITY;
    const length = best?.success ? best.actions.length : enough;
    return steps >= this.limits.patience * length;
  }

  /** Whether the seat's present attempt is not the first one at its seed. */
  isAgain(seat: number): boolean {
    return (this.seats[seat]?.attempt ?? 0) > 0;
  }

  /** An attempt is over. */
  end(seat: number, attempt: Attempt): void {
    const { group, book } = this.at(seat);
    group.over++;
    group.returns += attempt.return;
    if (attempt.success) {
      group.succeeded++;
      // Of first attempts only: hard seeds have more of the others.
      if (!this.isAgain(seat)) {
        book.successes = Math.min(MEMORY, book.successes + 1);
        book.meanLength += (attempt.actions.length - book.meanLength) / book.successes;
      }
    } else if (!this.rehearses(attempt.levelId)) group.isHard = true;
    const { best } = group;
    if (!best || isBetter(attempt, best)) group.best = attempt;
    this.seats[seat] = null;
    if (group.over === group.begun && !this.wants(group)) this.close(book, group);
  }

  /** Whether an attempt is being made anywhere. */
  get isPlaying(): boolean {
    return this.seats.some((sitting) => sitting !== null);
  }

  /** Gives up all attempts that are being made, and forgets those that were kept. What is usual is still known. */
  giveUp(): void {
    this.seats.fill(null);
    this.kept = [];
    for (const book of this.levels.values()) {
      book.open = [];
      book.easy = undefined;
    }
  }

  /** Attempts to imitate that nobody has taken yet. */
  get steps(): number {
    return this.kept.reduce((sum, { actions }) => sum + actions.length, 0);
  }

  takeKept(): Attempt[] {
    return this.kept.splice(0);
  }

  takeCounts(): AttemptCounts {
    const { counts } = this;
    this.counts = noCounts();
    return counts;
  }

  record(): AttemptBookRecord {
    const { levels, seats, kept, counts } = this;
    return structuredClone({ levels: [...levels], seats, kept, counts });
  }

  restore(record: AttemptBookRecord): void {
    const { levels, seats, kept, counts } = structuredClone(record);
    this.levels.clear();
    for (const [levelId, book] of levels) this.levels.set(levelId, book);
    for (const [i, at] of seats.entries()) this.seats[i] = at;
    this.kept = kept;
    this.counts = counts;
  }

  private rehearses(levelId: string): boolean {
    return this.options.rehearsed?.has(levelId) ?? false;
  }

  private bookOf(levelId: string): LevelBook {
    const known = this.levels.get(levelId);
    if (known) return known;
    const book: LevelBook = { newest: -1, nextId: 0, open: [], successes: 0, meanLength: 0 };
    this.levels.set(levelId, book);
    return book;
  }

  private at(seat: number): { group: Group; book: LevelBook } {
    const sitting = this.seats[seat];
    const book = this.bookOf(sitting?.levelId ?? '');
    const group = book.open.find(({ id }) => id === sitting?.group);
    if (!group) throw new Error(`no attempt is being made at seat ${seat}`);
    return { group, book };
  }

  /** Whether another attempt at the seed is worth the while. */
  private wants({ isHard, begun, succeeded }: Group): boolean {
    return isHard && begun < this.limits.attempts && succeeded < ENOUGH;
  }

  private close(book: LevelBook, group: Group): void {
    book.open.splice(book.open.indexOf(group), 1);
    const { best, isHard, succeeded, returns, over } = group;
    if (!isHard) {
      if (best?.success) book.easy = best;
      return;
    }
    this.counts.hard++;
    if (succeeded > 0) this.counts.solved++;
    if (!best || best.return - returns / over <= EQUAL) return;
    this.kept.push(best);
    this.counts.kept++;
    // Who imitates hard cases alone forgets the others.
    if (!book.easy) return;
    this.kept.push(book.easy);
    book.easy = undefined;
  }
}

function isBetter(attempt: Attempt, best: Attempt): boolean {
  const more = attempt.return - best.return;
  return Math.abs(more) <= EQUAL ? attempt.actions.length < best.actions.length : more > 0;
}
