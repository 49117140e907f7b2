import type { Known } from './commandInputs.ts';
import { anyValue, type Draw, deepValue, hugeValue } from './values.ts';

/** An HTTP request as it goes over the wire. */
export interface HttpInput {
  text: Buffer;
}

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PATCH',
  'TRACE',
  'BREW',
];
const PIECES = [
  ...['..', '.', '%2e%2e', '%2f', '%5c', '%00', '%zz', '%', '%c0%af', '//', '\\', '~', '*', ';x=1'],
  ...[
    'etc',
    'passwd',
    'package.json',
    '.git',
    'config',
    'assets',
    'index.html',
    '.sources',
    'server',
  ],
  ...[
    'api',
    'runs',
    'levels',
    'replays',
    'health',
    'thumbnail.svg',
    'metrics',
    '__proto__',
    'socket.io',
  ],
];
const HEADERS = [
  ...['Host', 'Origin', 'Authorization', 'Content-Type', 'Content-Length', 'Transfer-Encoding'],
  ...[
    'Range',
    'If-None-Match',
    'If-Modified-Since',
    'Accept',
    'Accept-Encoding',
    'Cookie',
    'Expect',
  ],
  ...[
    'Upgrade',
    'Connection',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-HTTP-Method-Override',
    'TE',
  ],
];
const HEADER_VALUES = [
  ...['', 'localhost', '127.0.0.1', 'evil.example', 'http://evil.example', 'null', 'Bearer x'],
  ...[
    'application/json',
    'text/html',
    '-1',
    '99999999999',
    'chunked',
    'gzip, chunked',
    'websocket',
  ],
  ...[
    'bytes=0-0,-1',
    'bytes=99999-',
    '100-continue',
    'close',
    'upgrade',
    '*/*',
    'DELETE',
    '1.2.3.4',
  ],
];

/** One request: mostly well-formed HTTP for unusual targets, sometimes malformed. */
export function httpInput(draw: Draw, known: Known, host: string): HttpInput {
  if (draw.chance(0.03)) return { text: draw.bytes(400) };
  const body = draw.chance(0.4) ? bodyOf(draw) : undefined;
  const isPlay = body !== undefined && draw.chance(0.6);
  const target = isPlay ? '/api/play' : targetOf(draw, known);
  const lines = [
    `${isPlay ? 'POST' : draw.of(METHODS)} ${target} HTTP/1.${draw.chance(0.95) ? 1 : 0}`,
  ];
  if (!draw.chance(0.05)) lines.push(`Host: ${host}`);
  if (body !== undefined) {
    if (!draw.chance(0.1)) lines.push('Content-Type: application/json');
    lines.push(
      `Content-Length: ${draw.chance(0.97) ? body.length : draw.index(2 * body.length + 1)}`,
    );
  }
  for (let n = draw.index(4); n > 0; n--) {
    const value = draw.chance(0.9) ? draw.of(HEADER_VALUES) : 'h'.repeat(draw.index(20_000));
    lines.push(`${draw.of(HEADERS)}: ${value}`);
  }
  // Our server closes after the answer, whatever the rest of the input is.
  lines.push('Connection: close', '', '');
  return { text: Buffer.concat([Buffer.from(lines.join('\r\n')), body ?? Buffer.alloc(0)]) };
}

function targetOf(draw: Draw, known: Known): string {
  const kind = draw.index(12);
  if (kind === 0)
    return draw.of(['/', '/index.html', '/metrics', '/api/health', '/api/openapi.json']);
  if (kind === 1) return `/api/runs/${draw.of(known.runIds)}`;
  if (kind === 2) return `/api/runs/${encodeURIComponent(wellFormed(draw.text(100)))}`;
  if (kind === 3) return `/api/replays/${encodeURIComponent(wellFormed(draw.text(100)))}`;
  if (kind === 4)
    return `/api/levels/${encodeURIComponent(wellFormed(draw.text(2500)))}/thumbnail.svg`;
  if (kind === 5) return `/api/levels/${draw.of(known.levelIds)}/thumbnail.svg?${draw.of(PIECES)}`;
  if (kind === 6) return `/${'a/'.repeat(draw.index(4000))}`;
  if (kind === 7)
    return `/socket.io/?EIO=${draw.index(6)}&transport=${draw.of(['polling', 'websocket', 'x'])}&sid=${draw.of(['', 'x', '__proto__', 'a'.repeat(99)])}`;
  const depth = 1 + draw.index(7);
  return `/${Array.from({ length: depth }, () => draw.of(PIECES)).join('/')}`;
}

function bodyOf(draw: Draw): Buffer {
  const kind = draw.index(6);
  if (kind === 0) return draw.bytes(1000);
  if (kind === 1) return Buffer.from(JSON.stringify(hugeValue(draw)));
  if (kind === 2) return Buffer.from(textOf(deepValue(draw)));
  if (kind === 3)
    return Buffer.from(
      JSON.stringify({
        policy: 'expert',
        levelId: 'BabyAI-GoToObj-v0',
        seed: 1,
        [draw.text(5)]: 1,
      }),
    );
  return Buffer.from(
    JSON.stringify(anyValue(draw)).slice(0, draw.chance(0.2) ? draw.index(50) : undefined),
  );
}

/** Recursion in JSON.stringify is bounded by what `deepValue` makes. */
const textOf = (value: unknown) => JSON.stringify(value);
const wellFormed = (text: string) => Buffer.from(text).toString();
