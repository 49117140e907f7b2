import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket as TcpSocket } from 'node:net';
import type { Server, Socket } from 'socket.io';
import type { WebSocket } from 'ws';
import type { ClientToServerEvents, ServerToClientEvents } from '../../shared/protocol.ts';
import type { Right } from './access.ts';
import { connectionBelow } from './intake.ts';

interface SocketData {
  right: Right;
}
type NoEvents = Record<string, never>;
export type ApiServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;
export type ApiSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;

/** One Engine.IO connection, whether anybody has joined over it or not. */
export interface Arrival extends EventEmitter {
  /** Its first one; after polling, its WebSocket is another connection. */
  request: IncomingMessage;
  readyState: 'opening' | 'open' | 'closing' | 'closed';
  close(discard?: boolean): void;
}

/**
 * What Engine.IO has and does not type as public, and this server needs: how much waits to be sent, and
 * writing WebSocket frames that were encoded once for many. No public way does either, so package.json pins
 * `socket.io` and `engine.io` to the exact versions that the tests of this folder were passed with.
 */
interface Engine {
  readonly transport: EventEmitter & {
    name: string;
    /** False while it still works on what it was given last. */
    writable: boolean;
    /** Only of the transport `websocket`. */
    socket?: WebSocket;
    /** Takes what came, of `polling` a whole request's body. */
    onData(data: string): void;
  };
  /** Packets that the transport has not taken yet. */
  readonly writeBuffer: readonly { data?: unknown }[];
  write(data: string, options: { compress: false; wsPreEncodedFrame: Buffer[] }): void;
}

/** The one place where Engine.IO's own types are left. */
function engineOf(arrival: Arrival): Engine {
  // Cast: `transport` and `writeBuffer` are private there.
  return arrival as unknown as Engine;
}

/** The connection below a socket. */
export function arrivalOf(socket: ApiSocket): Arrival {
  return socket.conn;
}

/** The TCP connection that it uses now. */
export function connectionOf(arrival: Arrival): TcpSocket {
  const { socket } = engineOf(arrival).transport;
  return (socket && connectionBelow(socket)) ?? arrival.request.socket;
}

const BETWEEN_PACKETS = '\x1e';

/**
 * Where it polls: has each request's body looked at before it is taken apart.
 * @param look is given how many packets and characters it has; false leaves it unread
 */
export function onPolled(
  arrival: Arrival,
  look: (packets: number, characters: number) => boolean,
): void {
  const { transport } = engineOf(arrival);
  if (transport.name !== 'polling') return;
  const read = transport.onData.bind(transport);
  transport.onData = (data) => {
    let packets = 1;
    let at = data.indexOf(BETWEEN_PACKETS);
    for (; at >= 0; at = data.indexOf(BETWEEN_PACKETS, at + 1)) packets++;
    if (look(packets, data.length)) read(data);
  };
}

/** Messages that its transport has not taken yet. */
export function waitingFor(socket: ApiSocket): number {
  return engineOf(socket.conn).writeBuffer.length;
}

/** Bytes that it has not read yet: of packets that the transport has not taken, and of those it has. */
export function unreadBytes(socket: ApiSocket): number {
  let bytes = connectionOf(socket.conn).writableLength;
  for (const { data } of engineOf(socket.conn).writeBuffer)
    if (typeof data === 'string' || Buffer.isBuffer(data)) bytes += data.length;
  return bytes;
}

/** Writes encoded frames as they are. False where the connection is no WebSocket (yet) and cannot take them. */
export function writeFrames(socket: ApiSocket, frames: Buffer): boolean {
  const engine = engineOf(socket.conn);
  if (engine.transport.name !== 'websocket') return false;
  engine.write('', { compress: false, wsPreEncodedFrame: [frames] });
  return true;
}

/** Ends the connection without waiting for it to read what is on its way, or a goodbye. */
export function cut(arrival: Arrival): void {
  const tcp = connectionOf(arrival);
  arrival.close(true);
  tcp.destroy();
}

/** Resolves once the transport has taken everything, the viewer is gone, or the time is up. */
export function sent(socket: ApiSocket, patienceMs: number): Promise<void> {
  // The connection's own "drain" comes when the transport is given something, not when it has taken it.
  const { transport } = engineOf(socket.conn);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      transport.off('ready', check);
      socket.off('disconnect', done);
      resolve();
    };
    const check = () => {
      if (waitingFor(socket) === 0 && transport.writable) done();
    };
    const timer = setTimeout(done, patienceMs);
    transport.on('ready', check);
    socket.on('disconnect', done);
    check();
  });
}
