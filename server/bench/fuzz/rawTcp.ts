import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface Exchange {
  text: string;
  /** The server closed in time. */
  ended: boolean;
}

const KEPT_BYTES = 100_000;

/** Writes bytes to a server, ends its own side, and reads until the other side ends too. */
export function exchange(url: URL, bytes: Buffer, patienceMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = open(url);
    let text = '';
    const finish = (ended: boolean) => {
      socket.destroy();
      resolve({ text, ended });
    };
    socket.setTimeout(patienceMs, () => finish(false));
    socket.on('data', (part) => {
      if (text.length < KEPT_BYTES) text += part.toString('latin1');
      // A stream of updates, or a WebSocket, ends when we do.
      if (/^HTTP\/1\.1 101/.test(text)) finish(true);
    });
    socket.on('error', () => {});
    socket.on('close', () => finish(true));
    socket.end(bytes);
  });
}

/** How long to watch a connection that the server does not close. */
const LOOK_MS = 40;

/** Opens a WebSocket as Socket.IO does, writes bytes to it, and returns how it ended. */
export function openWebSocket(
  url: URL,
  bytes: Buffer,
  patienceMs: number,
): Promise<'closed' | 'kept' | 'unopened'> {
  return new Promise((resolve) => {
    const socket = open(url);
    let isOpen = false;
    let look: NodeJS.Timeout | undefined;
    const finish = (how: 'closed' | 'kept' | 'unopened') => {
      clearTimeout(look);
      socket.destroy();
      resolve(how);
    };
    socket.setTimeout(patienceMs, () => finish(isOpen ? 'kept' : 'unopened'));
    socket.on('data', (part) => {
      if (isOpen || !/ 101 /.test(part.toString('latin1').slice(0, 20))) return;
      isOpen = true;
      socket.write(bytes);
      look = setTimeout(() => finish('kept'), LOOK_MS);
    });
    socket.on('error', () => {});
    socket.on('end', () => finish(isOpen ? 'closed' : 'unopened'));
    socket.on('close', () => finish(isOpen ? 'closed' : 'unopened'));
    socket.write(upgradeRequest(url));
  });
}

/** The request with which a client opens a WebSocket of Socket.IO. */
export function upgradeRequest(url: URL): string {
  return [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: ${url.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...['', ''],
  ].join('\r\n');
}

function open(url: URL): Socket {
  return connect({ host: url.hostname, port: Number(url.port), allowHalfOpen: true });
}
