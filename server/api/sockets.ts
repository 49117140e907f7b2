import type { EventEmitter } from 'node:events';
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server } from 'socket.io';
import { type Ack, COMMANDS, type CommandName } from '../../shared/protocol.ts';
import { RequestError } from '../runs/manager.ts';
import type { Right } from './access.ts';
import { addressOf, Holdings } from './address.ts';
import { type CommandHandlers, createHandlers, type Sender, WATCH_COMMANDS } from './commands.ts';
import type { ApiDeps } from './deps.ts';
import { Gate } from './gate.ts';
import {
  COMMAND_RATES,
  type CommandRates,
  HEAVY_COMMANDS,
  MAX_MESSAGE_BYTES,
  MAX_NONSENSE,
  MAX_SOCKETS,
  MAX_SOCKETS_EACH,
  RateLimiter,
  SNAPSHOT_SECONDS,
  SNAPSHOTS_AT_ONCE,
} from './limits.ts';
import { isCommand, parsePayload, wireErrorOf } from './requests.ts';
import {
  type ApiServer,
  type ApiSocket,
  broadcast,
  roomOf,
  sent,
  type ViewerCounts,
  type ViewerLimits,
} from './viewers.ts';

export interface Sockets {
  io: ApiServer;
  counts: ViewerCounts;
  close(): Promise<void>;
}

export interface SocketOptions {
  viewerLimits?: ViewerLimits;
  rates?: Partial<CommandRates>;
  /** Proxies of one's own before this server, whose `X-Forwarded-For` is believed. */
  proxies?: number;
  /** Connections that one address may have. */
  socketsEach?: number;
}

/** What all connections have in common. */
interface Shared {
  deps: ApiDeps;
  rates: CommandRates;
  snapshots: Gate;
  proxies: number;
  /** Sends what viewers are being told. */
  flush(): void;
}

/** Puts the Socket.IO side of the protocol on an HTTP server. */
export function attachSockets(
  httpServer: HttpServer,
  deps: ApiDeps,
  options: SocketOptions = {},
): Sockets {
  const rates = { ...COMMAND_RATES, ...options.rates };
  const io: ApiServer = new Server(httpServer, {
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    serveClient: false,
    allowRequest: (request, decide) => {
      if (!deps.access.allows(request)) decide('this origin may not connect', false);
      else decide(null, isRoomFor(request));
    },
  });
  const holdings = new Holdings();
  const { proxies = 0, socketsEach = MAX_SOCKETS_EACH } = options;
  const addressFor = (request: IncomingMessage) => addressOf(request, proxies);
  const isRoomFor = (request: IncomingMessage) =>
    io.engine.clientsCount < MAX_SOCKETS && holdings.of(addressFor(request)) < socketsEach;
  io.engine.on('connection', (connection: { request: IncomingMessage } & EventEmitter) => {
    connection.once('close', holdings.take(addressFor(connection.request)));
  });
  const handlers = createHandlers(deps, {
    recordingAdded: (recording) => void io.emit('recording:added', recording),
    recordingRemoved: (recordingId) => void io.emit('recording:removed', { recordingId }),
  });
  const { counts, flush, end } = broadcast(io, deps.manager, options.viewerLimits);
  const shared: Shared = {
    deps,
    rates,
    snapshots: new Gate(SNAPSHOTS_AT_ONCE),
    proxies,
    flush,
  };
  io.use((socket, next) => {
    const { token } = socket.handshake.auth as { token?: unknown };
    const right = deps.access.rightOf(typeof token === 'string' ? token : undefined);
    if (right === 'none') return next(new Error('A token is needed to watch this server.'));
    socket.data.right = right;
    next();
  });
  io.on('connection', (socket) => serve(socket, handlers, shared));
  return {
    io,
    counts,
    async close() {
      end();
      await io.close();
    },
  };
}

/** One client: everything it sends comes through here, and is answered here, once. */
function serve(socket: ApiSocket, handlers: CommandHandlers, shared: Shared): void {
  const { deps, rates, snapshots } = shared;
  const commands = new RateLimiter(rates.commands);
  const heavy = new RateLimiter(rates.heavy);
  const plays = new RateLimiter(rates.plays);
  const sender: Sender = {
    id: socket.id,
    address: addressOf(socket.request, shared.proxies),
    watch(runId) {
      // What was said before is in its snapshot.
      shared.flush();
      void socket.join(roomOf(runId));
    },
    unwatch: (runId) => void socket.leave(roomOf(runId)),
  };
  let nonsense = 0;

  const answer = async (event: string, args: unknown[]): Promise<Ack<unknown>> => {
    try {
      const tooMany =
        !commands.take('') ||
        (HEAVY_COMMANDS.has(event) && !heavy.take('')) ||
        (event === 'episode:play' && !plays.take(''));
      if (tooMany) throw new RequestError('too-many', 'Too many commands; wait a moment.');
      if (!isCommand(event))
        throw new RequestError(
          'bad-request',
          `"${String(event).slice(0, 60)}" is not a command; accepted: ${Object.keys(COMMANDS).join(', ')}`,
        );
      if (args.length !== 1)
        throw new RequestError('bad-request', `${event} takes one payload and an acknowledgement`);
      requireRight(socket.data.right as Right, event);
      const payload = parsePayload(event, args[0]);
      const handle = handlers[event] as (payload: unknown, sender: Sender) => unknown;
      const data = await handle(payload, sender);
      // Who changed what, for whoever looks after a server that many control.
      if (!WATCH_COMMANDS.has(event))
        deps.log.info({ event, socket: socket.id, address: sender.address }, 'a command');
      return { ok: true, data };
    } catch (error) {
      const { wire, isOurs } = wireErrorOf(error);
      if (isOurs) deps.log.error({ err: error, event }, 'a command failed');
      return { ok: false, error: wire };
    }
  };

  /** Snapshots are long: a thousand viewers that come back at once get theirs one after another. */
  const inTurn = async (args: unknown[], ack: (result: unknown) => void) => {
    const leave = await snapshots.enter();
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
    if (++nonsense >= MAX_NONSENSE) socket.disconnect(true);
  });
  socket.on('error', (error) => deps.log.warn({ err: error }, 'a socket failed'));
}

function requireRight(right: Right, command: CommandName): void {
  if (right === 'control' || WATCH_COMMANDS.has(command)) return;
  throw new RequestError(
    'forbidden',
    `${command} needs the control token, which the server showed when it started; you may only watch.`,
  );
}
