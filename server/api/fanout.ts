import type { EventMessage, EventName, ServerToClientEvents } from '../../shared/protocol.ts';
import { type ApiServer, type ApiSocket, writeFrames } from './connection.ts';

interface Message {
  emit(socket: ApiSocket): void;
  /** Only for those in this room; for everyone where there is none. */
  room: string | undefined;
  /** Left out for viewers that read too slowly. */
  skippable: boolean;
  event: EventName;
  payload: unknown;
  frame?: Buffer;
}

/**
 * The more there are to be told, the longer what is said waits for more of it, in milliseconds: nothing
 * worth the name for a few, this much for a thousand and more.
 */
const MOST_WAIT_MS = 80;
const WAIT_MS_EACH = 0.08;

/** With more sockets than this, each turn in which all are told slows the training beside it. */
const CROWD = 250;
const CROWD_MS_EACH = 1;

/**
 * How far apart in milliseconds a crowd is told new things where it has the choice: one second for a
 * thousand, nothing for a class.
 */
export function crowdSpacing(sockets: number): number {
  return sockets > CROWD ? CROWD_MS_EACH * sockets : 0;
}

/**
 * Tells many sockets the same things at little cost: what is said in a short time is encoded once and
 * handed to each socket's connection as one piece, several WebSocket frames long. Writing is what
 * costs, not the length.
 */
export class Fanout {
  private readonly io: ApiServer;
  private readonly slowRoom: string;
  private messages: Message[] = [];
  private timer: NodeJS.Timeout | undefined;
  private due = 0;

  /** @param slowRoom those in it are not told what is skippable */
  constructor(io: ApiServer, slowRoom: string) {
    this.io = io;
    this.slowRoom = slowRoom;
  }

  /** @param patient may wait for what is less patient, so that a crowd is told both in one turn */
  tell<E extends EventName>(
    event: E,
    payload: EventMessage<E>,
    {
      room,
      skippable = false,
      patient = false,
    }: { room?: string; skippable?: boolean; patient?: boolean } = {},
  ): void {
    // Typed here, where event and payload are known to belong together.
    const emit = (socket: ApiSocket) => {
      const args = [payload] as Parameters<ServerToClientEvents[E]>;
      socket.emit(event, ...args);
    };
    this.messages.push({ room, skippable, event, payload, emit });
    const sockets = this.io.sockets.sockets.size;
    const wait = Math.min(MOST_WAIT_MS, WAIT_MS_EACH * sockets);
    this.flushWithin(patient ? Math.max(wait, crowdSpacing(sockets)) : wait);
  }

  private flushWithin(ms: number): void {
    const due = performance.now() + ms;
    if (this.timer && this.due <= due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => this.flush(), ms);
  }

  /** Sends now what waits, so that whoever joins a room afterwards does not hear of what was before. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const messages = this.messages.splice(0);
    if (messages.length === 0) return;
    const pieces = new Map<string, Buffer>();
    for (const socket of this.io.sockets.sockets.values()) {
      const isSlow = socket.rooms.has(this.slowRoom);
      const own = messages.filter(
        ({ room, skippable }) =>
          (room === undefined || socket.rooms.has(room)) && !(skippable && isSlow),
      );
      if (own.length > 0) send(socket, own, pieces, messages);
    }
  }
}

function send(
  socket: ApiSocket,
  own: readonly Message[],
  pieces: Map<string, Buffer>,
  all: readonly Message[],
): void {
  const key = own.map((message) => all.indexOf(message)).join();
  let piece = pieces.get(key);
  if (!piece) {
    piece = Buffer.concat(own.map((message) => (message.frame ??= frameOf(message))));
    pieces.set(key, piece);
  }
  if (writeFrames(socket, piece)) return;
  for (const message of own) message.emit(socket);
}

/** A text frame as a server sends it: final, not masked, not compressed. */
function frameOf({ event, payload }: Message): Buffer {
  // Engine.IO's "message", Socket.IO's "event", main namespace.
  const text = Buffer.from(`42${JSON.stringify([event, payload])}`);
  let head: Buffer;
  if (text.length < 126) head = Buffer.from([0x81, text.length]);
  else if (text.length < 65_536) {
    head = Buffer.from([0x81, 126, 0, 0]);
    head.writeUInt16BE(text.length, 2);
  } else {
    head = Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(text.length, 6);
  }
  return Buffer.concat([head, text]);
}
