import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import type { Logger } from 'pino';
import { type Rate, TokenBucket } from '../../shared/tokenBucket.ts';
import { addressOf, Holdings } from './address.ts';
import { type Arrival, connectionOf, cut, onPolled } from './connection.ts';
import { Intake } from './intake.ts';
import { ANY_REQUEST_RATE, RateLimiter } from './limits.ts';
import { Turns } from './turns.ts';

/** Limits below the protocol: on connections, on what they send, and on what waits to be read by them. */
export interface DoorLimits {
  /** TCP connections of one address; not counted behind proxies, where all have the same. */
  connectionsEach: number;
  /** Handshakes of one address that have said nothing more; the oldest goes first. */
  silentEach: number;
  /** The same of all addresses. */
  silent: number;
  /** New handshakes of one address; a school may come back at once. */
  handshakes: Rate;
  /** Messages and bytes that one connection may send. */
  messages: Rate;
  bytes: Rate;
  /** Requests of one address, and those that one connection may send before the first is answered. */
  requests: Rate;
  pipelined: number;
  /** Connections of one address that may be cut for what they do before new ones are refused for a while. */
  cuts: Rate;
  /** Further cuts that are held against it; with `cuts` this says how long an address waits at most. */
  cutsOwed: number;
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
  handshakes: { perSecond: 100, burst: 400 },
  messages: { perSecond: 100, burst: 600 },
  bytes: { perSecond: 2_000_000, burst: 16_000_000 },
  requests: ANY_REQUEST_RATE,
  pipelined: 16,
  cuts: { perSecond: 0.2, burst: 10 },
  cutsOwed: 11,
  unreadEach: 16_000_000,
  unread: 200_000_000,
  stuckSeconds: 20,
};

/** What is begun in one turn of the event loop: some milliseconds each. */
const HANDSHAKES_A_TURN = 8;
const REQUESTS_A_TURN = 32;
const LOOK_EVERY_MS = 250;
const SENT_TOO_MUCH = 'it sent too much';
const clock = () => performance.now();

interface Line {
  unread: number;
  since: number;
  /** Requests that have no answer yet. */
  open: number;
}

/** Keeps out, or puts out, who takes places, sends floods or does not read. Knows nothing of the protocol. */
export class Doorkeeper {
  readonly holdings = new Holdings();
  /** Connections cut so far, by cause. */
  readonly cut = { flood: 0, unread: 0, silent: 0, places: 0 };
  /** Stands before the WebSockets. */
  readonly intake: Intake;
  private readonly limits: DoorLimits;
  private readonly proxies: number;
  private readonly log: Logger;
  private readonly lines = new Map<TcpSocket, Line>();
  private readonly connections = new Holdings();
  /** In the order in which they came: all, and those of each address. */
  private readonly silent = new Set<Arrival>();
  private readonly silentOf = new Map<string, Set<Arrival>>();
  private readonly handshakes: RateLimiter;
  private readonly shaking = new Turns(HANDSHAKES_A_TURN);
  private readonly requests: RateLimiter;
  private readonly answering = new Turns(REQUESTS_A_TURN);
  private readonly cuts: RateLimiter;
  private readonly timer: NodeJS.Timeout;
  private isFull = false;

  constructor(server: HttpServer, proxies: number, log: Logger, limits: Partial<DoorLimits> = {}) {
    this.limits = { ...DOOR_LIMITS, ...limits };
    this.proxies = proxies;
    this.log = log;
    this.handshakes = new RateLimiter(this.limits.handshakes);
    this.requests = new RateLimiter(this.limits.requests);
    this.cuts = new RateLimiter(this.limits.cuts);
    this.intake = new Intake(this.limits, (request) => this.noteCut(request, SENT_TOO_MUCH));
    server.on('connection', (socket: TcpSocket) => this.count(socket));
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  addressOf(request: IncomingMessage): string {
    return addressOf(request, this.proxies);
  }

  /** True where an address may shake hands once more: not too often, nor after many of its connections were cut. */
  mayKnock(request: IncomingMessage): boolean {
    const address = this.addressOf(request);
    return this.cuts.peek(address) && this.handshakes.take(address);
  }

  /** Lets a handshake go on; where hundreds come at once, a few in each turn. */
  admit(goOn: () => void): void {
    this.shaking.run(goOn);
  }

  /**
   * Stands before all that answers requests: cuts connections that send many without waiting for answers, and
   * addresses that ask without pause. To be called after whatever listens to the server's requests.
   */
  guard(server: HttpServer): void {
    const listeners = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (!this.admitsRequest(request, response)) return;
      this.answering.run(() => {
        for (const listener of listeners) listener.call(server, request, response);
      });
    });
  }

  /** Watches a handshake until `spoke` says that it has become somebody's connection. */
  watch(arrival: Arrival): void {
    const address = this.addressOf(arrival.request);
    const own = this.silentOf.get(address) ?? new Set();
    this.silentOf.set(address, own);
    for (const set of [own, this.silent]) set.add(arrival);
    arrival.once('close', () => this.spoke(arrival));
    if (own.size > this.limits.silentEach) this.sendAway(own);
    else if (this.silent.size > this.limits.silent) this.sendAway(this.silent);
    // What comes through a WebSocket is counted by its frames before.
    const messages = new TokenBucket(this.limits.messages, clock);
    const bytes = new TokenBucket(this.limits.bytes, clock);
    onPolled(arrival, (packets, length) => {
      const isFine = messages.take(packets) && bytes.take(length);
      if (!isFine) this.putOut(arrival, SENT_TOO_MUCH);
      return isFine;
    });
  }

  spoke(arrival: Arrival): void {
    if (!this.silent.delete(arrival)) return;
    const address = this.addressOf(arrival.request);
    const own = this.silentOf.get(address);
    own?.delete(arrival);
    if (own?.size === 0) this.silentOf.delete(address);
  }

  /** Cuts a connection for what it does. */
  putOut(arrival: Arrival, why: string): void {
    if (connectionOf(arrival).destroyed) return;
    cut(arrival);
    this.noteCut(arrival.request, why);
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

  private count(socket: TcpSocket): void {
    const address = socket.remoteAddress ?? '';
    if (this.proxies === 0 && this.connections.of(address) >= this.limits.connectionsEach) {
      this.cut.places++;
      socket.destroy();
      return;
    }
    const giveBack = this.connections.take(address);
    this.lines.set(socket, { unread: 0, since: performance.now(), open: 0 });
    socket.once('close', () => {
      giveBack();
      this.lines.delete(socket);
    });
  }

  private admitsRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    const line = this.lines.get(socket);
    if (!line || socket.destroyed) {
      ignore(request);
      return false;
    }
    line.open++;
    response.once('close', () => line.open--);
    const hasRoom = line.open <= this.limits.pipelined;
    if (hasRoom && this.requests.take(this.addressOf(request))) return true;
    ignore(request);
    socket.destroy();
    this.noteCut(request, hasRoom ? 'it asked too often' : 'it did not wait for answers');
    return false;
  }

  private sendAway(silent: ReadonlySet<Arrival>): void {
    const [oldest] = silent;
    if (!oldest) return;
    this.cut.silent++;
    this.spoke(oldest);
    oldest.close(true);
  }

  private noteCut(request: IncomingMessage, why: string): void {
    const address = this.addressOf(request);
    this.cut.flood++;
    this.log.warn({ address, why }, 'a connection was cut');
    this.cuts.charge(address, this.limits.cutsOwed);
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

/** Each request that is open when the connection ends costs an error with its stack, and one read may bring a thousand. */
function ignore(request: IncomingMessage): void {
  request.destroy();
}
