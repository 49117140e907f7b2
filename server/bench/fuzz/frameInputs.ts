import { anyValue, type Draw, hugeValue } from './values.ts';

/** Bytes for a newly opened WebSocket, below the level of Socket.IO. */
export interface FrameInput {
  bytes: Buffer;
}

const TEXTS = [
  ...[
    '',
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '9',
    'x',
    '2probe',
    '3probe',
    '40',
    '40{',
    '40{}',
    '41',
    '42',
  ],
  ...[
    '40/',
    '40/admin,',
    '40/admin,{}',
    '40{"token":{"a":1}}',
    '40{"token":null}',
    '42[]',
    '42["',
    '42{}',
    '42null',
  ],
  ...[
    '42["run:list"]',
    '42["run:list",{}]',
    '4299999999999999999999["run:list",{}]',
    '42-1["run:list",{}]',
  ],
  ...[
    '421["run:list",{}]421["run:list",{}]',
    '43',
    '430[]',
    '43999["x"]',
    '44',
    '44{"message":"x"}',
    '45',
    '46',
  ],
  ...[
    '451-["run:list",{"_placeholder":true,"num":0}]',
    '4599999-["run:list"]',
    '45-["x"]',
    '461-1[]',
    '47',
    '4:',
  ],
  ...[
    '42["disconnect"]',
    '42["connect_error",{}]',
    '421[1,{}]',
    '421[null,{}]',
    '421[["a"],{}]',
    '421[{"a":1}]',
  ],
  ...[
    '42["__proto__",{}]',
    '421["run:watch",{"runId":"a","__proto__":{"x":1}}]',
    '40{"__proto__":{"token":"x"}}',
  ],
];

/** Valid and invalid frames of the WebSocket protocol. */
export function frameInput(draw: Draw): FrameInput {
  if (draw.chance(0.05)) return { bytes: draw.bytes(300) };
  const frames = Array.from({ length: 1 + draw.index(4) }, () => oneFrame(draw));
  // Most say hello first, as a client does.
  if (draw.chance(0.7)) frames.unshift(frame({ opcode: 1, payload: Buffer.from('40') }));
  return { bytes: Buffer.concat(frames) };
}

function oneFrame(draw: Draw): Buffer {
  const kind = draw.index(20);
  const opcode = kind === 0 ? draw.index(16) : kind < 3 ? 2 : kind === 3 ? 9 : kind === 4 ? 8 : 1;
  return frame({
    opcode,
    payload: payloadOf(draw),
    isFinal: !draw.chance(0.05),
    reserved: draw.chance(0.05) ? 1 + draw.index(7) : 0,
    isMasked: !draw.chance(0.05),
    claimed: draw.chance(0.03) ? draw.of([2 ** 31, 2 ** 40, 5_000_000, 1]) : undefined,
  });
}

function payloadOf(draw: Draw): Buffer {
  const kind = draw.index(10);
  if (kind < 5) return Buffer.from(draw.of(TEXTS));
  if (kind === 5) return draw.bytes(130);
  if (kind === 6)
    return Buffer.from(`42${draw.index(99)}${JSON.stringify([draw.text(20), anyValue(draw)])}`);
  if (kind === 7)
    return Buffer.from(`42${draw.index(99)}["run:watch",${JSON.stringify(hugeValue(draw))}]`);
  if (kind === 8) return Buffer.from(`421["run:watch",${'['.repeat(draw.index(20_000))}`);
  const text = draw.of(TEXTS);
  return Buffer.from(text.slice(0, draw.index(text.length + 1)) + draw.text(10));
}

function frame(parts: {
  opcode: number;
  payload: Buffer;
  isFinal?: boolean;
  reserved?: number;
  isMasked?: boolean;
  /** Length in the header, if it differs from the payload's. */
  claimed?: number;
}): Buffer {
  const { opcode, payload, isFinal = true, reserved = 0, isMasked = true } = parts;
  const length = parts.claimed ?? payload.length;
  const mask = isMasked ? 0x80 : 0;
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  let head: Buffer;
  if (length < 126) head = Buffer.from([first, mask | length]);
  else if (length < 65_536) {
    head = Buffer.from([first, mask | 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.concat([Buffer.from([first, mask | 127]), Buffer.alloc(8)]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  // A mask of zeros is valid.
  return Buffer.concat([head, ...(isMasked ? [Buffer.alloc(4)] : []), payload]);
}
