import { METRICS, type MetricPoint } from './metrics.ts';

/** What TensorBoard expects at the beginning of a file. */
const VERSION = 'brain.Event:2';
/** Numbers and wire types of the fields of Event, Summary and Summary.Value (tensorboard/compat/proto). */
const WALL_TIME = 0x09;
const STEP = 0x10;
const FILE_VERSION = 0x1a;
const SUMMARY = 0x2a;
const VALUE = 0x0a;
const TAG = 0x0a;
const SIMPLE_VALUE = 0x15;
/** Length with its checksum before a record, the checksum of its bytes after it. */
const HEAD_BYTES = 12;
const FOOT_BYTES = 4;

/** Tags and version are plain letters. */
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/**
 * Measurements as a file of TensorBoard: one event an update with a scalar for each quantity, by environment steps;
 * tags are group and id, as `outcome/success`.
 * @param createdAt when the run was made, in milliseconds since 1970: an event's time is that and the seconds trained
 */
export function eventFile(
  points: readonly MetricPoint[],
  createdAt: number,
): Uint8Array<ArrayBuffer> {
  const records = [record(event(createdAt / 1000, 0, named(FILE_VERSION, bytesOf(VERSION))))];
  for (const { envSteps, seconds, values } of points) {
    // Cast: `values` has the ids of METRICS alone.
    const entries = Object.entries(values) as [keyof typeof METRICS, number][];
    const scalars = entries.map(([id, value]) => scalar(`${METRICS[id].group}/${id}`, value));
    records.push(
      record(event(createdAt / 1000 + seconds, envSteps, named(SUMMARY, joined(scalars)))),
    );
  }
  return joined(records);
}

function scalar(tag: string, value: number): Uint8Array {
  const number = new Uint8Array(5);
  number[0] = SIMPLE_VALUE;
  new DataView(number.buffer).setFloat32(1, value, true);
  return named(VALUE, joined([named(TAG, bytesOf(tag)), number]));
}

function event(wallTime: number, step: number, content: Uint8Array): Uint8Array {
  const time = new Uint8Array(9);
  time[0] = WALL_TIME;
  new DataView(time.buffer).setFloat64(1, wallTime, true);
  return joined([time, Uint8Array.of(STEP, ...varint(step)), content]);
}

/** A field that holds bytes. */
const named = (field: number, bytes: Uint8Array) =>
  joined([Uint8Array.of(field, ...varint(bytes.length)), bytes]);

/** Seven bits a byte, the lowest first. `value`: 0 to 2^53. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return [...bytes, left];
}

/** As TFRecord frames it. */
function record(data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEAD_BYTES + data.length + FOOT_BYTES);
  const view = new DataView(framed.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, masked(framed.subarray(0, 8)), true);
  framed.set(data, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + data.length, masked(data), true);
  return framed;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A checksum that is stored beside what it is of is masked: checksums of such data would else be of checksums. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** Castagnoli's CRC-32 (RFC 3720). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
