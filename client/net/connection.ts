import { io, type Socket } from 'socket.io-client';
import type {
  Ack,
  ClientToServerEvents,
  CommandInput,
  CommandName,
  CommandResult,
  ErrorCode,
  ServerToClientEvents,
  WireError,
} from '../../shared/protocol.ts';
import { besidePage } from './beside.ts';

const ACK_TIMEOUT_MS = 15_000;
/** An episode or a puzzle may have to wait for others, and for the process that plays or thinks to start. */
const PLAY_TIMEOUT_MS = 150_000;

/** A command that the server refused, or that was not answered. `message` is fit to be shown. */
export class CommandError extends Error {
  readonly code: ErrorCode | 'timeout';
  /** What programs decide by; see the protocol. */
  readonly reason: WireError['reason'];
  readonly field: WireError['field'];
  readonly word: WireError['word'];
  readonly expected: WireError['expected'];

  constructor(
    code: ErrorCode | 'timeout',
    message: string,
    { reason, field, word, expected }: Partial<WireError> = {},
  ) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.reason = reason;
    this.field = field;
    this.word = word;
    this.expected = expected;
  }
}

export type SendCommand = <C extends CommandName>(
  name: C,
  payload: CommandInput<C>,
) => Promise<CommandResult[C]>;

export interface ConnectionListeners {
  /** Connected, for the first time or again: whatever was watched must be asked for anew. */
  onOnline(): void;
  /** Not connected; it keeps trying. */
  onOffline(reason: string): void;
  /** The server does not let this visitor in; it stops trying. */
  onRefused(reason: string): void;
  /** Handlers for the events that the page uses. */
  events: Partial<ServerToClientEvents>;
}

export interface Connection {
  send: SendCommand;
  close(): void;
}

/** Opens the socket to the server that served the page. `token` is sent where the server asks for one. */
export function connect(token: string | undefined, listeners: ConnectionListeners): Connection {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io({
    path: besidePage('socket.io/').pathname,
    auth: token ? { token } : {},
    reconnectionDelayMax: 5000,
  });
  socket.on('connect', () => listeners.onOnline());
  socket.on('disconnect', (reason) => {
    listeners.onOffline(
      reason === 'io server disconnect' ? 'the server closed it' : 'it broke off',
    );
    // Socket.IO does not retry by itself when the server was the one to close.
    if (reason === 'io server disconnect') setTimeout(() => socket.connect(), 2000);
  });
  socket.on('connect_error', (error) => {
    if (socket.active) listeners.onOffline('the server does not answer');
    else listeners.onRefused(error.message);
  });
  for (const [name, handler] of Object.entries(listeners.events)) {
    // Cast: name and handler come from one typed table; the loop over it loses which belongs to which.
    socket.on(name as keyof ServerToClientEvents, handler as never);
  }
  return {
    send: (name, payload) => sendCommand(socket, name, payload),
    close: () => socket.close(),
  };
}

/** The part of a socket that `sendCommand` needs, so that tests can replace it. */
export interface Emitter {
  timeout(ms: number): {
    emit(
      name: string,
      payload: unknown,
      done: (error: Error | null, ack: Ack<unknown>) => void,
    ): unknown;
  };
}

/** Sends one command. Resolves with the acknowledged data; rejects with a `CommandError`. */
export function sendCommand<C extends CommandName>(
  socket: unknown,
  name: C,
  payload: CommandInput<C>,
): Promise<CommandResult[C]> {
  const isLong = name === 'episode:play' || name.startsWith('lab:');
  const patience = isLong ? PLAY_TIMEOUT_MS : ACK_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    (socket as Emitter).timeout(patience).emit(name, payload, (error, ack) => {
      if (error) reject(new CommandError('timeout', 'The server did not answer in time.'));
      else if (ack.ok) resolve(ack.data as CommandResult[C]);
      else {
        reject(new CommandError(ack.error.code, ack.error.message, ack.error));
      }
    });
  });
}
