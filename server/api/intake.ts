import type { IncomingMessage } from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { type Rate, TokenBucket } from '../../shared/tokenBucket.ts';
import { BYTES_A_FRAME, FrameWalker } from './frames.ts';

export interface IntakeLimits {
  /** WebSocket frames and bytes that one connection may send. */
  messages: Rate;
  bytes: Rate;
}

/** What is read in one turn of the event loop, in small frames: of one connection, and of all. */
const TURN_EACH = 32;
const TURN = 64;
/** What may still be on its way when the server has said goodbye, in small frames. */
const LATE_FRAMES = 64;
/** Milliseconds for the other side to answer a goodbye. */
const GOODBYE_MS = 2000;
const clock = () => performance.now();

/** TCP connections below WebSockets; `ws` does not say them in public. */
const connections = new WeakMap<WebSocket, TcpSocket>();

/** The TCP connection below a WebSocket of this server. */
export function connectionBelow(socket: WebSocket): TcpSocket | undefined {
  return connections.get(socket);
}

/** One WebSocket, and its bytes that have come and are not read yet. */
interface Line {
  socket: WebSocket;
  tcp: TcpSocket;
  walker: FrameWalker;
  frames: TokenBucket;
  bytes: TokenBucket;
  chunks: Buffer[];
  /** Bytes of the first chunk that have been read. */
  at: number;
  /** What came after the server's goodbye, in small frames. */
  late: number;
  /** The parser has met something that is no WebSocket frame and reads no more. */
  isDeaf: boolean;
  isOver: boolean;
  read(bytes: Buffer): void;
  /** Ends it for what it sent. */
  cut(): void;
}

/**
 * Stands between TCP and the WebSocket parser. `ws` parses in one turn whatever a read brought, 64 kB of frames, and goes
 * on while a connection that was closed waits for the other side's goodbye. Here frames are counted first: a flood is
 * cut before it is parsed, and what is within the limits is read a little in each turn of the event loop, the
 * connections in turns; TCP holds back the rest.
 */
export class Intake {
  private readonly limits: IntakeLimits;
  private readonly onFlood: (request: IncomingMessage) => void;
  /** Those with bytes that wait for another turn, the next one first. */
  private readonly waiting = new Set<Line>();
  private spent = 0;
  private isTurning = false;

  /** @param onFlood called after a connection was cut that sent too much */
  constructor(limits: IntakeLimits, onFlood: (request: IncomingMessage) => void) {
    this.limits = limits;
    this.onFlood = onFlood;
  }

  /** The class of WebSocket servers that Engine.IO is to make (its option `wsEngine`). */
  engine(): typeof WebSocketServer {
    const watch = (socket: WebSocket, tcp: TcpSocket, request: IncomingMessage) =>
      this.watch(socket, tcp, request);
    return class extends WebSocketServer {
      constructor(options: ServerOptions) {
        // The types of `ws` do not know `closeTimeout` yet.
        super({ ...options, closeTimeout: GOODBYE_MS } as ServerOptions);
      }

      override handleUpgrade(
        request: IncomingMessage,
        tcp: Duplex,
        head: Buffer,
        done: (socket: WebSocket, request: IncomingMessage) => void,
      ): void {
        super.handleUpgrade(request, tcp, head, (socket) => {
          watch(socket, tcp as TcpSocket, request);
          done(socket, request);
        });
      }
    } as typeof WebSocketServer;
  }

  private watch(socket: WebSocket, tcp: TcpSocket, request: IncomingMessage): void {
    connections.set(socket, tcp);
    const readers = tcp.listeners('data') as ((bytes: Buffer) => void)[];
    const line: Line = {
      ...{ socket, tcp, chunks: [], at: 0, late: 0, isDeaf: false, isOver: false },
      walker: new FrameWalker(),
      frames: new TokenBucket(this.limits.messages, clock),
      bytes: new TokenBucket(this.limits.bytes, clock),
      read: (bytes) => {
        for (const reader of readers) reader.call(tcp, bytes);
      },
      cut: () => {
        this.end(line);
        // Otherwise `ws` parses what is left when the connection closes.
        while (tcp.read() !== null);
        tcp.destroy();
        this.onFlood(request);
      },
    };
    tcp.on('data', (chunk: Buffer) => {
      if (line.isDeaf) this.countLate(line, 0, chunk.length);
      if (line.isDeaf || line.isOver) return;
      line.chunks.push(chunk);
      if (!this.waiting.has(line)) this.serve(line);
    });
    socket.on('error', () => {
      line.isDeaf = true;
      line.chunks = [];
    });
    for (const reader of readers) tcp.off('data', reader);
    tcp.once('close', () => this.end(line));
  }

  /** Reads what this turn has room for; the rest waits, and the connection is not read from meanwhile. */
  private serve(line: Line): void {
    const chunk = line.chunks[0];
    if (!chunk || line.isOver) return;
    const room = Math.min(TURN_EACH, TURN - this.spent);
    if (room > 0) {
      const { end, frames, cost } = line.walker.walk(chunk, line.at, room);
      this.spent += cost;
      if (line.frames.take(frames) && line.bytes.take(end - line.at))
        this.countLate(line, frames, end - line.at);
      else line.cut();
      if (line.isOver) return;
      const bytes = chunk.subarray(line.at, end);
      line.at = end;
      if (end === chunk.length) {
        line.chunks.shift();
        line.at = 0;
      }
      line.read(bytes);
    }
    this.turn();
    if (line.isOver) return;
    const isWaiting = line.chunks.length > 0;
    if (isWaiting) this.waiting.add(line);
    if (isWaiting !== line.socket.isPaused) line.socket[isWaiting ? 'pause' : 'resume']();
  }

  private countLate(line: Line, frames: number, bytes: number): void {
    if (line.socket.readyState === WebSocket.OPEN) return;
    line.late += frames + bytes / BYTES_A_FRAME;
    if (line.late > LATE_FRAMES) line.cut();
  }

  /** Makes room again in the next turn, after whatever else has come was served. */
  private turn(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(() => {
      this.isTurning = false;
      this.spent = 0;
      for (const line of [...this.waiting]) {
        if (this.spent >= TURN) break;
        this.waiting.delete(line);
        this.serve(line);
      }
      if (this.waiting.size > 0) this.turn();
    });
  }

  private end(line: Line): void {
    line.isOver = true;
    line.chunks = [];
    this.waiting.delete(line);
  }
}
