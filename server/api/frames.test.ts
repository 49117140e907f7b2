import { expect, test } from '@jest/globals';
import { BYTES_A_FRAME, FrameWalker } from './frames.ts';

/** A client's frame, masked with zeros. */
function frame(length: number, first = 0x81): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  let at = 2;
  if (length < 126) head[1] = 128 + length;
  else if (length < 65_536) {
    head[1] = 128 + 126;
    at = head.writeUInt16BE(length, 2);
  } else {
    head[1] = 128 + 127;
    at = head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head.subarray(0, at + 4), Buffer.alloc(length, 0x83)]);
}

const LENGTHS = [0, 1, 125, 126, 300, 65_535, 65_536, 70_000, 3];
const BYTES = Buffer.concat(LENGTHS.map((length) => frame(length)));
const COST = LENGTHS.reduce((sum, length) => sum + 1 + length / BYTES_A_FRAME, 0);

test.each([1, 2, 3, 7, 1000, BYTES.length])(
  'counts frames of all lengths, whatever pieces of %d bytes they come in',
  (piece) => {
    const walker = new FrameWalker();
    let frames = 0;
    let cost = 0;
    let isWhole = true;
    for (let at = 0; at < BYTES.length; at += piece) {
      const chunk = BYTES.subarray(at, at + piece);
      const walked = walker.walk(chunk, 0, Number.POSITIVE_INFINITY);
      isWhole &&= walked.end === chunk.length;
      frames += walked.frames;
      cost += walked.cost;
    }
    expect(isWhole).toBe(true);
    expect(frames).toBe(LENGTHS.length);
    expect(cost).toBeCloseTo(COST, 9);
  },
);

test('stops behind the frame that uses up what may be read, and goes on there', () => {
  const walker = new FrameWalker();
  const chunk = Buffer.concat(Array.from({ length: 10 }, () => frame(4)));
  const first = walker.walk(chunk, 0, 4);
  expect(first).toMatchObject({ frames: 4, end: 40 });
  expect(walker.walk(chunk, first.end, 100)).toMatchObject({ frames: 6, end: 100 });
});

test('a message costs as its last fragment comes; pings between its fragments are counted alone', () => {
  const walker = new FrameWalker();
  const size = 8 * BYTES_A_FRAME;
  const walk = (bytes: Buffer) => walker.walk(bytes, 0, Number.POSITIVE_INFINITY).cost;
  expect(walk(frame(size, 0x01))).toBe(1);
  expect(walk(frame(0, 0x89))).toBe(1);
  expect(walk(frame(size, 0x00))).toBe(1);
  expect(walk(frame(0, 0x80))).toBe(1 + 16);
  expect(walk(frame(0))).toBe(1);
});
