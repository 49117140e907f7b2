import { type Rate, TokenBucket } from '../../shared/tokenBucket.ts';

/** The largest message a socket may send: a recording of the longest level fits several times. */
export const MAX_MESSAGE_BYTES = 4_000_000;
export const MAX_SOCKETS = 5000;
/** So that nobody can keep everybody else out from one place; a whole school may share an address. */
export const MAX_SOCKETS_EACH = 2500;
/** TCP connections; sockets are kept places beside those that only load the page. */
export const MAX_CONNECTIONS = 8000;
/** Snapshots (half a megabyte each) that may be on their way to viewers at the same time. */
export const SNAPSHOTS_AT_ONCE = 32;
/** How long a viewer may take for its snapshot before the next one's is made. */
export const SNAPSHOT_SECONDS = 3;
/** Recordings in one page of the list. */
export const RECORDINGS_A_PAGE = 200;
/** Commands that make the server work: of these each client may send fewer. */
export const HEAVY_COMMANDS: ReadonlySet<string> = new Set([
  'mission:check',
  'run:create',
  'run:watch',
  'recording:import',
  'lab:train',
]);
/** Commands that think for one client: episodes, and puzzles of the lab. */
export const PLAY_COMMANDS: ReadonlySet<string> = new Set([
  'episode:play',
  'lab:open',
  'lab:puzzle',
  'lab:think',
  'lab:oneBlank',
]);
export const COMMAND_RATE = { perSecond: 20, burst: 60 };
export const HEAVY_RATE = { perSecond: 2, burst: 20 };
/** Episodes played on the server for one client: they cost processor time, which watching must not. */
export const PLAY_RATE = { perSecond: 8, burst: 40 };
/** For one connection's commands; a command counts against each limit that fits it. */
export interface CommandRates {
  /** Refusals, of whatever kind, before the connection is cut. */
  refusals: Rate;
  /** For all connections of one address together; a school may share one. */
  address: Rate;
  commands: Rate;
  heavy: Rate;
  plays: Rate;
}
export const COMMAND_RATES: CommandRates = {
  refusals: { perSecond: 4, burst: 80 },
  address: { perSecond: 1000, burst: 12_000 },
  commands: COMMAND_RATE,
  heavy: HEAVY_RATE,
  plays: PLAY_RATE,
};
export const REQUEST_RATE = { perSecond: 50, burst: 300 };
/** Requests of one address whatever they ask for, before the connection is cut; a school may share one. */
export const ANY_REQUEST_RATE = { perSecond: 500, burst: 5000 };
/** Wrong tokens of one address. */
export const TOKEN_RATE = { perSecond: 0.2, burst: 20 };
/** Bytes that may wait to be read by a connection that asks for more. */
export const MAX_UNREAD_BYTES = 3_000_000;
/** Milliseconds for a connection to say what it wants. */
export const SILENCE_MS = 5000;
/** A socket that sends this many things that are no commands at all is closed. */
export const MAX_NONSENSE = 20;
const MAX_KEYS = 10_000;

/** A token bucket for each key, such as a client's address; idle ones are forgotten. */
export class RateLimiter {
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly rate: Rate;
  private readonly now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.rate = rate;
    this.now = now;
  }

  /** True where `key` could act now. */
  peek(key: string): boolean {
    return this.buckets.get(key)?.has() ?? true;
  }

  /** True where `key` may act once more now. */
  take(key: string): boolean {
    const bucket = this.buckets.get(key) ?? new TokenBucket(this.rate, this.now);
    if (!bucket.take()) return false;
    this.keep(key, bucket);
    return true;
  }

  /** Uses up one of `key` in any case, down to a debt of at most `deepest`. */
  charge(key: string, deepest: number): void {
    const bucket = this.buckets.get(key) ?? new TokenBucket(this.rate, this.now);
    bucket.charge(1, deepest);
    this.keep(key, bucket);
  }

  private keep(key: string, bucket: TokenBucket): void {
    // Taken out and put in again, so that the map is ordered by last use.
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    for (const oldest of this.buckets.keys()) {
      if (this.buckets.size <= MAX_KEYS) break;
      this.buckets.delete(oldest);
    }
  }
}

/** Largest body of a request to play: actions, goals and options of the longest episode fit several times. */
export const MAX_PLAY_BYTES = 200_000;
