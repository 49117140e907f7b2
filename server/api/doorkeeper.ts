import type { EventEmitter } from 'node:events';
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import type { Logger } from 'pino';
import { type Rate, TokenBucket } from '../../shared/tokenBucket.ts';
import { addressOf, Holdings } from './address.ts';
import { RateLimiter } from './limits.ts';

/** Limits below the protocol: on connections, on what they send, and on what waits to be read by them. */
export interface DoorLimits {
  /** TCP connections of one address; not counted behind proxies, where all have the same. */
  connectionsEach: number;
  /** Handshakes of one address that have said nothing more; the oldest goes first. */
  silentEach: number;
  /** The same of all addresses. */
  silent: number;
  /** Messages and bytes that one connection may send. */
  messages: Rate;
  bytes: Rate;
  /** Connections of one address that may be cut for what they do before new ones are refused for a while. */
  cuts: Rate;
  /** Bytes that may wait to be read by one connection, and by all together. */
  unreadEach: number;
  unread: number;
  /** Seconds after which a connection is cut that takes nothing of what waits for it. */
  stuckSeconds: number;
}

export const DOOR_LIMITS: DoorLimits = {
  connectionsEach: 3500,
  silentEach: 300,
  silent: 2000,
  messages: { perSecond: 100, burst: 600 },
  bytes: { perSecond: 2_000_000, burst: 16_000_000 },
  cuts: { perSecond: 0.2, burst: 10 },
  unreadEach: 16_000_000,
  unread: 200_000_000,
  stuckSeconds: 20,
};

const LOOK_EVERY_MS = 250;
const clock = () => performance.now();

/** One Engine.IO connection, as far as the door looks at it. */
export interface Arrival extends EventEmitter {
  request: IncomingMessage;
  close(discard?: boolean): void;
}

interface Line {
  unread: number;
  since: number;
}

/** Keeps out, or puts out, who takes places, sends floods or does not read. Knows nothing of the protocol. */
export class Doorkeeper {
  readonly holdings = new Holdings();
  /** Connections cut so far, by cause. */
  readonly cut = { flood: 0, unread: 0, silent: 0, places: 0 };
  private readonly limits: DoorLimits;
  private readonly proxies: number;
  private readonly log: Logger;
  private readonly lines = new Map<TcpSocket, Line>();
  private readonly connections = new Holdings();
  private readonly silent = new Map<Arrival, string>();
  private readonly cuts: RateLimiter;
  private readonly timer: NodeJS.Timeout;
  private isFull = false;

  constructor(server: HttpServer, proxies: number, log: Logger, limits: Partial<DoorLimits> = {}) {
    this.limits = { ...DOOR_LIMITS, ...limits };
    this.proxies = proxies;
    this.log = log;
    this.cuts = new RateLimiter(this.limits.cuts);
    server.on('connection', (socket: TcpSocket) => this.admit(socket));
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  addressOf(request: IncomingMessage): string {
    return addressOf(request, this.proxies);
  }

  /** False for an address that had many connections cut lately. */
  isWelcome(request: IncomingMessage): boolean {
    return this.cuts.peek(this.addressOf(request));
  }

  /** Watches a handshake until `spoke` says that it has become somebody's connection. */
  watch(arrival: Arrival): void {
    const { messages, bytes, silentEach, silent } = this.limits;
    const address = this.addressOf(arrival.request);
    this.silent.set(arrival, address);
    const own = [...this.silent].filter(([, from]) => from === address);
    const first = own.length > silentEach ? own[0]?.[0] : undefined;
    const oldest =
      first ?? (this.silent.size > silent ? this.silent.keys().next().value : undefined);
    if (oldest) {
      this.silent.delete(oldest);
      this.cut.silent++;
      oldest.close(true);
    }
    arrival.once('close', () => this.silent.delete(arrival));
    const rate = new TokenBucket(messages, clock);
    const volume = new TokenBucket(bytes, clock);
    arrival.on('packet', ({ data }: { data?: string | Buffer }) => {
      if (!rate.take() || !volume.take(data?.length ?? 0)) this.putOut(arrival, 'it sent too much');
    });
  }

  spoke(arrival: Arrival): void {
    this.silent.delete(arrival);
  }

  /** Cuts a connection for what it does. */
  putOut(arrival: Arrival, why: string): void {
    const { socket } = arrival.request;
    if (socket.destroyed) return;
    const address = this.addressOf(arrival.request);
    this.cut.flood++;
    this.log.warn({ address, why }, 'a connection was cut');
    this.cuts.take(address);
    arrival.close(true);
    socket.destroy();
  }

  /** True while so much waits to be read by all together that nobody should be given much more. */
  get hasMuchUnread(): boolean {
    return this.isFull;
  }

  /** Cuts all that are still there. */
  destroyAll(): void {
    for (const socket of this.lines.keys()) socket.destroy();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private admit(socket: TcpSocket): void {
    const address = socket.remoteAddress ?? '';
    if (this.proxies === 0 && this.connections.of(address) >= this.limits.connectionsEach) {
      this.cut.places++;
      socket.destroy();
      return;
    }
    const giveBack = this.connections.take(address);
    this.lines.set(socket, { unread: 0, since: performance.now() });
    socket.once('close', () => {
      giveBack();
      this.lines.delete(socket);
    });
  }

  /** What waits in the process for each connection: acknowledgements, events and HTTP answers alike. */
  private look(): void {
    const now = performance.now();
    const { unreadEach, unread: most, stuckSeconds } = this.limits;
    let total = 0;
    for (const [socket, line] of this.lines) {
      const unread = socket.writableLength;
      if (unread === 0 || unread < line.unread) line.since = now;
      line.unread = unread;
      if (unread > unreadEach || (now - line.since) / 1000 > stuckSeconds) this.drop(socket);
      else total += unread;
    }
    this.isFull = total > most / 2;
    if (total <= most) return;
    const longest = [...this.lines].sort(([, a], [, b]) => b.unread - a.unread);
    for (const [socket, { unread }] of longest) {
      if (total <= most / 2) break;
      total -= unread;
      this.drop(socket);
    }
  }

  private drop(socket: TcpSocket): void {
    this.cut.unread++;
    this.log.warn({ address: socket.remoteAddress }, 'a connection that does not read was cut');
    socket.destroy();
  }
}
