import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { Server } from 'socket.io';
import { type Ack, COMMANDS, type CommandName } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import { TokenBucket } from '../../shared/tokenBucket.ts';
import type { Right } from './access.ts';
import { Classroom } from './classroom.ts';
import { type CommandHandlers, createHandlers, type Sender } from './commands.ts';
import {
  type ApiServer,
  type ApiSocket,
  type Arrival,
  arrivalOf,
  sent,
  unreadBytes,
} from './connection.ts';
import type { Announce, ApiDeps } from './deps.ts';
import { Doorkeeper, type DoorLimits } from './doorkeeper.ts';
import { Gate } from './gate.ts';
import {
  COMMAND_RATES,
  type CommandRates,
  HEAVY_COMMANDS,
  MAX_MESSAGE_BYTES,
  MAX_NONSENSE,
  MAX_SOCKETS,
  MAX_SOCKETS_EACH,
  MAX_UNREAD_BYTES,
  PLAY_COMMANDS,
  RateLimiter,
  SILENCE_MS,
  SNAPSHOT_SECONDS,
  SNAPSHOTS_AT_ONCE,
  TOKEN_RATE,
} from './limits.ts';
import { isCommand, parsePayload, wireErrorOf } from './requests.ts';
import {
  broadcast,
  CLASS_ROOM,
  LAB_ROOM,
  roomOf,
  type ViewerCounts,
  type ViewerLimits,
} from './viewers.ts';

export interface Sockets {
  io: ApiServer;
  door: Doorkeeper;
  counts: ViewerCounts;
  close(): Promise<void>;
}

export interface SocketOptions {
  viewerLimits?: ViewerLimits;
  rates?: Partial<CommandRates>;
  door?: Partial<DoorLimits>;
  /** Proxies of one's own before this server, whose `X-Forwarded-For` is believed. */
  proxies?: number;
  /** Connections that one address may have. */
  socketsEach?: number;
}

const clock = () => performance.now();

/** What all connections have in common. */
interface Shared {
  deps: ApiDeps;
  handlers: CommandHandlers;
  classroom: Classroom;
  door: Doorkeeper;
  rates: CommandRates;
  /** Commands of each address. */
  addresses: RateLimiter;
  snapshots: Gate;
  /** Sends what viewers are being told. */
  flush(): void;
}

/** Puts the Socket.IO side of the protocol on an HTTP server. */
export function attachSockets(
  httpServer: HttpServer,
  deps: ApiDeps,
  options: SocketOptions = {},
): Sockets {
  const { proxies = 0, socketsEach = MAX_SOCKETS_EACH } = options;
  const door = new Doorkeeper(httpServer, proxies, deps.log, options.door);
  const { holdings } = door;
  const rates = { ...COMMAND_RATES, ...options.rates };
  const hasRoom = (address: string) => holdings.of(address) < socketsEach;
  const io: ApiServer = new Server(httpServer, {
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: SILENCE_MS,
    serveClient: false,
    wsEngine: door.intake.engine(),
    allowRequest: (request, decide) => {
      if (!deps.access.allows(request)) decide('this origin may not connect', false);
      else if (!mayKnock(request)) decide(null, false);
      else door.admit(() => decide(null, true));
    },
  });
  const mayKnock = (request: IncomingMessage) =>
    io.sockets.sockets.size < MAX_SOCKETS &&
    hasRoom(door.addressOf(request)) &&
    door.mayKnock(request);
  door.guard(httpServer);
  io.engine.on('connection', (arrival: Arrival) => door.watch(arrival));
  const { counts, tell, flush, end } = broadcast(
    io,
    deps.manager,
    deps.lab.trainings,
    options.viewerLimits,
  );
  const classroom = new Classroom({
    state: (state) => tell('class:state', state, { room: CLASS_ROOM }),
    shown: (shown) => tell('class:shown', shown, { room: CLASS_ROOM, skippable: !shown.replay }),
  });
  const announce: Announce = {
    recordingAdded: (recording) => void io.emit('recording:added', recording),
    recordingRemoved: (recordingId) => void io.emit('recording:removed', { recordingId }),
  };
  const handlers = createHandlers(deps, announce, classroom);
  const shared: Shared = {
    deps,
    handlers,
    classroom,
    door,
    rates,
    addresses: new RateLimiter(rates.address),
    snapshots: new Gate(SNAPSHOTS_AT_ONCE),
    flush,
  };
  const wrongTokens = new RateLimiter(TOKEN_RATE);
  const holders = new WeakSet<Arrival>();
  io.use((socket, next) => {
    const address = door.addressOf(socket.request);
    const right = rightOf(socket, address);
    if (typeof right === 'string') {
      const arrival = arrivalOf(socket);
      socket.data.right = right;
      // Its packets may be read after it has closed. A place taken then would never be given back.
      if (arrival.readyState === 'closed') return next(new Error('Gone.'));
      // A connection may join several times, but holds one place.
      if (holders.has(arrival)) return next();
      if (!hasRoom(address)) return next(new Error('Too many connections from this address.'));
      holders.add(arrival);
      // A place is held by who has spoken.
      door.spoke(arrival);
      arrival.once('close', holdings.take(address));
      return next();
    }
    next(right);
  });

  function rightOf(socket: ApiSocket, address: string): Exclude<Right, 'none'> | Error {
    const { token } = socket.handshake.auth as { token?: unknown };
    const presented = typeof token === 'string' ? token : undefined;
    if (presented !== undefined && !wrongTokens.peek(address)) {
      // After it has been told why.
      const cut = () => door.putOut(arrivalOf(socket), 'too many wrong tokens from its address');
      setTimeout(cut, 200).unref();
      return new Error('Too many wrong tokens; wait a minute.');
    }
    if (deps.access.isWrong(presented)) {
      wrongTokens.take(address);
      deps.log.warn({ address }, 'a wrong token');
    }
    const right = deps.access.rightOf(presented);
    return right === 'none' ? new Error('A token is needed to watch this server.') : right;
  }

  io.on('connection', (socket) => serve(socket, shared));
  return {
    io,
    door,
    counts,
    async close() {
      end();
      classroom.close();
      await io.close();
      door.close();
    },
  };
}

/** One client: everything it sends comes through here, and is answered here, once. */
function serve(socket: ApiSocket, shared: Shared): void {
  const { deps, door, rates, snapshots, addresses } = shared;
  const refusals = new TokenBucket(rates.refusals, clock);
  const commands = new TokenBucket(rates.commands, clock);
  const heavy = new TokenBucket(rates.heavy, clock);
  const plays = new TokenBucket(rates.plays, clock);
  const address = door.addressOf(socket.request);
  const sender: Sender = {
    id: socket.id,
    address,
    watch(runId) {
      // What was said before is in its snapshot.
      shared.flush();
      void socket.join(roomOf(runId));
    },
    unwatch: (runId) => void socket.leave(roomOf(runId)),
    isOwner: socket.data.right === 'control',
    watchClass: (on) => void (on ? socket.join(CLASS_ROOM) : socket.leave(CLASS_ROOM)),
    watchLab: (on) => void (on ? socket.join(LAB_ROOM) : socket.leave(LAB_ROOM)),
  };
  let nonsense = 0;

  const answer = async (event: string, args: unknown[]): Promise<Ack<unknown>> => {
    try {
      if (unreadBytes(socket) > MAX_UNREAD_BYTES || door.hasMuchUnread)
        throw new RequestError('too-many', 'Read first what was sent; then ask for more.');
      const tooMany =
        !commands.take() ||
        !addresses.take(address) ||
        (HEAVY_COMMANDS.has(event) && !heavy.take()) ||
        (PLAY_COMMANDS.has(event) && !plays.take());
      if (tooMany) throw new RequestError('too-many', 'Too many commands; wait a moment.');
      const data = await perform(event, args, socket, sender, shared);
      return { ok: true, data };
    } catch (error) {
      const { wire, isOurs } = wireErrorOf(error);
      if (isOurs) deps.log.error({ err: error, event }, 'a command failed');
      else if (!refusals.take()) door.putOut(arrivalOf(socket), 'it goes on with what is refused');
      return { ok: false, error: wire };
    }
  };

  /** Snapshots are long: a thousand viewers that come back at once get theirs one after another. */
  const inTurn = async (args: unknown[], ack: (result: unknown) => void) => {
    const leave = await snapshots.enter();
    // Each is written in a turn of its own, so that others are served in between.
    await turn();
    if (socket.connected) {
      ack(await answer('run:watch', args));
      await sent(socket, SNAPSHOT_SECONDS * 1000);
    }
    leave();
  };

  socket.onAny((event: string, ...args: unknown[]) => {
    const ack = args.pop();
    if (typeof ack === 'function') {
      const acknowledge = (result: unknown) => void ack(result);
      void (event === 'run:watch'
        ? inTurn(args, acknowledge)
        : answer(event, args).then(acknowledge));
      return;
    }
    // Without an acknowledgement nobody can be told what is wrong.
    if (++nonsense >= MAX_NONSENSE) door.putOut(arrivalOf(socket), 'it only sends nonsense');
  });
  socket.on('disconnect', () => shared.classroom.leave(socket.id));
  socket.on('error', (error) => deps.log.warn({ err: error }, 'a socket failed'));
}

/** Checks one command and does it. */
async function perform(
  event: string,
  args: unknown[],
  socket: ApiSocket,
  sender: Sender,
  { deps, handlers, classroom }: Shared,
): Promise<unknown> {
  if (!isCommand(event))
    throw new RequestError(
      'bad-request',
      `"${String(event).slice(0, 60)}" is not a command; accepted: ${Object.keys(COMMANDS).join(', ')}`,
    );
  if (args.length !== 1)
    throw new RequestError('bad-request', `${event} takes one payload and an acknowledgement`);
  requireRight(socket.data.right ?? 'none', event, () => classroom.mayCommand(socket.id));
  const payload = parsePayload(event, args[0]);
  const handle = handlers[event] as (payload: unknown, sender: Sender) => unknown;
  const data = await handle(payload, sender);
  // Who changed what, for whoever looks after a server that many control.
  if (COMMANDS[event].right === 'control')
    deps.log.info({ event, socket: socket.id, address: sender.address }, 'a command');
  return data;
}

/** @param inClass what the class says of its members; undefined of others */
function requireRight(
  right: Right,
  command: CommandName,
  inClass: () => boolean | undefined,
): void {
  if (COMMANDS[command].right === 'watch') return;
  if (inClass() ?? right === 'control') return;
  throw new RequestError(
    'forbidden',
    `${command} needs the control token, which the server showed when it started; you may only watch.`,
  );
}
