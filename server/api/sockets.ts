import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import { type Ack, COMMANDS, type CommandName } from '../../shared/protocol.ts';
import { RequestError } from '../runs/manager.ts';
import type { Right } from './access.ts';
import { type CommandHandlers, createHandlers, type Sender, WATCH_COMMANDS } from './commands.ts';
import type { ApiDeps } from './deps.ts';
import {
  COMMAND_RATE,
  HEAVY_COMMANDS,
  HEAVY_RATE,
  MAX_MESSAGE_BYTES,
  MAX_NONSENSE,
  MAX_SOCKETS,
  PLAY_RATE,
  RateLimiter,
} from './limits.ts';
import { isCommand, parsePayload, wireErrorOf } from './requests.ts';
import {
  type ApiServer,
  type ApiSocket,
  broadcast,
  roomOf,
  type ViewerCounts,
  type ViewerLimits,
} from './viewers.ts';

export interface Sockets {
  io: ApiServer;
  counts: ViewerCounts;
  close(): Promise<void>;
}

/** Puts the Socket.IO side of the protocol on an HTTP server. */
export function attachSockets(
  httpServer: HttpServer,
  deps: ApiDeps,
  viewerLimits?: ViewerLimits,
): Sockets {
  const io: ApiServer = new Server(httpServer, {
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    serveClient: false,
    allowRequest: (request, decide) => {
      if (!deps.access.allows(request)) decide('this origin may not connect', false);
      else decide(null, io.engine.clientsCount < MAX_SOCKETS);
    },
  });
  const handlers = createHandlers(deps, {
    recordingAdded: (recording) => void io.emit('recording:added', recording),
    recordingRemoved: (recordingId) => void io.emit('recording:removed', { recordingId }),
  });
  const { counts, end } = broadcast(io, deps.manager, viewerLimits);
  io.use((socket, next) => {
    const { token } = socket.handshake.auth as { token?: unknown };
    const right = deps.access.rightOf(typeof token === 'string' ? token : undefined);
    if (right === 'none') return next(new Error('A token is needed to watch this server.'));
    socket.data.right = right;
    next();
  });
  io.on('connection', (socket) => serve(socket, handlers, deps));
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
function serve(socket: ApiSocket, handlers: CommandHandlers, deps: ApiDeps): void {
  const commands = new RateLimiter(COMMAND_RATE);
  const heavy = new RateLimiter(HEAVY_RATE);
  const plays = new RateLimiter(PLAY_RATE);
  const sender: Sender = {
    id: socket.id,
    watch: (runId) => void socket.join(roomOf(runId)),
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
          `"${event.slice(0, 60)}" is not a command; accepted: ${Object.keys(COMMANDS).join(', ')}`,
        );
      if (args.length !== 1)
        throw new RequestError('bad-request', `${event} takes one payload and an acknowledgement`);
      requireRight(socket.data.right as Right, event);
      const handle = handlers[event] as (payload: unknown, sender: Sender) => unknown;
      return { ok: true, data: await handle(parsePayload(event, args[0]), sender) };
    } catch (error) {
      const { wire, isOurs } = wireErrorOf(error);
      if (isOurs) deps.log.error({ err: error, event }, 'a command failed');
      return { ok: false, error: wire };
    }
  };

  socket.onAny((event: string, ...args: unknown[]) => {
    const ack = args.pop();
    if (typeof ack === 'function') {
      void answer(event, args).then((result) => ack(result));
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
