import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { type Socket, connect as tcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { upgradeRequest } from '../fuzz/rawTcp.ts';

/** Connections of an attack, where nothing else is said. */
export const LINES = 10;

/** Attacks by name. Each runs for some seconds against the server at `url`; some open a given number of connections. */
export const ATTACKS: Record<
  string,
  { does: string; run: (url: URL, until: number, lines: number) => Promise<void> }
> = {
  quiet: { does: 'nothing, to compare with', run: (_url, until) => sleep(left(until)) },
  silence: {
    does: '2,500 bare handshakes every 2 s',
    async run(url, until, lines) {
      while (left(until) > 0) {
        const silent = Array.from({ length: 250 * lines }, () => handshake(url));
        await sleep(2000);
        for (const line of silent) line.destroy();
      }
    },
  },
  flood: {
    does: 'ten connections that send unknown commands without pause, and come back',
    run: (url, until, lines) =>
      times(lines, until, () => talk(url, until, frame('42["no-such",{}]'), 500)),
  },
  early: {
    does: 'the same from connections that have not joined, which are closed and go on sending',
    run: (url, until, lines) =>
      times(lines, until, () => talk(url, until, frame('42["no-such",{}]'), 500, false)),
  },
  tiny: {
    does: 'ten connections that send the smallest frames there are',
    run: (url, until, lines) => times(lines, until, () => talk(url, until, frame('3'), 2000)),
  },
  refused: {
    does: 'ten connections whose commands are refused, with acknowledgements',
    run: (url, until, lines) =>
      times(lines, until, () => talk(url, until, frame('421["run:watch",{"runId":"none"}]'), 200)),
  },
  polled: {
    does: 'ten clients that poll, and send 3 MB of tiny packets in a request',
    run: (url, until, lines) => times(lines, until, () => poll(url, '3\x1e'.repeat(1.5e6))),
  },
  pipelined: {
    does: 'ten connections that send requests without waiting for answers',
    run: (url, until, lines) =>
      times(lines, until, async () => {
        const wish = Buffer.from(`GET /api/runs HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
        const socket = open(url);
        await repeat(socket, until, wish, 1000);
      }),
  },
  large: {
    does: 'ten connections that send 3 MB of nonsense again and again',
    run: (url, until, lines) =>
      times(lines, until, () =>
        talk(url, until, frame(`421["recording:import",${JSON.stringify('x'.repeat(3e6))}]`), 1),
      ),
  },
  unread: {
    does: 'ten connections that ask for the levels and a snapshot 40 times a second and read nothing',
    run: (url, until, lines) => times(lines, until, () => deaf(url, until)),
  },
  unreadHttp: {
    does: '50 HTTP connections that ask for all levels in one go and read nothing',
    async run(url, until, lines) {
      const wish = `GET /api/levels HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
      const deafs: Socket[] = [];
      while (left(until) > 0) {
        if (deafs.filter((line) => !line.destroyed).length < 5 * lines) {
          const line = open(url);
          line.pause();
          line.write(wish.repeat(100));
          deafs.push(line);
        }
        await sleep(20);
      }
      for (const line of deafs) line.destroy();
    },
  },
  pictures: {
    does: 'pictures of missions that cannot be placed, 20 at a time, each another one',
    async run(url, until, lines) {
      let n = 0;
      await times(lines, until, async () => {
        const mission = `mission:put the red ball next to the blue box and go to the green key?roomSize=5&distractors=${10 + (n++ % 8)}&rooms=${1 + (n % 13)}`;
        const target = new URL(`/api/levels/${encodeURIComponent(mission)}/thumbnail.svg`, url);
        await ask(target).catch(() => sleep(20));
      });
    },
  },
  snapshots: {
    does: 'ten clients that ask for runs over HTTP as fast as they are answered',
    async run(url, until, lines) {
      const { runs } = JSON.parse(await ask(new URL('/api/runs', url))) as {
        runs: { id: string }[];
      };
      await times(lines, until, async () => {
        const target = new URL(`/api/runs/${runs[0]?.id}`, url);
        await ask(target).catch(() => sleep(20));
      });
    },
  },
  tokens: {
    does: 'ten connections that try tokens as fast as they are answered',
    run: (url, until, lines) =>
      times(lines, until, () =>
        talk(url, until, frame(`40{"token":"${randomBytes(9).toString('hex')}"}`), 50, false),
      ),
  },
};

const left = (until: number) => until - performance.now();

async function times(lines: number, until: number, again: () => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: lines }, async () => {
      while (left(until) > 0) await again();
    }),
  );
}

/** Another loopback address for each process, so that neither the next attack nor a viewer is refused for what this one did. */
const localAddress =
  process.platform === 'linux' ? `127.0.1.${1 + (process.pid % 250)}` : undefined;

/** An HTTP request from that address, as a POST where it has a body; resolves to the answer's text. */
function ask(url: URL, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(url, { method, localAddress }, (answer) => {
      text(answer).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function open(url: URL): Socket {
  const socket = tcp({ port: Number(url.port), host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  return socket;
}

function handshake(url: URL): Socket {
  const socket = open(url);
  socket.write(upgradeRequest(url));
  return socket;
}

/** A text frame as a client sends it; masked with zeros. */
function frame(text: string): Buffer {
  const data = Buffer.from(text);
  const head = [0x81];
  if (data.length < 126) head.push(0x80 | data.length);
  else if (data.length < 65_536) head.push(0x80 | 126, data.length >> 8, data.length & 255);
  else {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(data.length));
    head.push(0x80 | 127, ...size);
  }
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), data]);
}

/** Connects, joins, and repeats a message until the server closes the connection. */
async function talk(
  url: URL,
  until: number,
  words: Buffer,
  atOnce: number,
  joins = true,
): Promise<void> {
  const socket = handshake(url);
  // What is sent before the answer is lost.
  await answered(socket, '"sid"');
  if (joins) {
    socket.write(frame('40'));
    await answered(socket, '40{');
  }
  socket.resume();
  await repeat(socket, until, words, atOnce);
}

/** Resolves once the server has said `what`, or has closed, or says nothing for 2 s. */
async function answered(socket: Socket, what: string): Promise<void> {
  let text = '';
  const signal = AbortSignal.timeout(2000);
  while (!text.includes(what) && !socket.destroyed && !signal.aborted) {
    const [part] = await once(socket, 'data', { signal }).catch(() => ['']);
    text = (text + part).slice(-2000);
  }
}

async function repeat(socket: Socket, until: number, words: Buffer, atOnce: number): Promise<void> {
  const many = Buffer.concat(Array.from({ length: atOnce }, () => words));
  socket.resume();
  while (left(until) > 0 && !socket.destroyed) {
    if (socket.write(many)) await sleep(1);
    else await once(socket, 'drain', { signal: AbortSignal.timeout(100) }).catch(() => undefined);
  }
  socket.destroy();
  await sleep(5);
}

/** Shakes hands by polling and sends one body. */
async function poll(url: URL, body: string): Promise<void> {
  const to = new URL('/socket.io/?EIO=4&transport=polling', url);
  try {
    const opened = await ask(to);
    to.searchParams.set('sid', (JSON.parse(opened.slice(1)) as { sid: string }).sid);
    await ask(to, body);
  } catch {
    await sleep(20);
  }
}

async function deaf(url: URL, until: number): Promise<void> {
  const socket = handshake(url);
  await answered(socket, '"sid"');
  socket.write(frame('40'));
  await answered(socket, '40{');
  socket.pause();
  for (let id = 1; left(until) > 0 && !socket.destroyed; id++) {
    socket.write(frame(`42${id}["level:list",{}]`));
    socket.write(frame(`42${id}["run:list",{}]`));
    await sleep(50);
  }
  socket.destroy();
}
