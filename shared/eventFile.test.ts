import { expect, test } from '@jest/globals';
import { crc32c, eventFile } from './eventFile.ts';
import { eventFileName, type MetricPoint } from './metrics.ts';

const POINTS: MetricPoint[] = [
  {
    updates: 1,
    envSteps: 2048,
    episodes: 9,
    seconds: 1.5,
    values: { success: 0.25, entropy: 1.5 },
  },
  // Steps that need more than 32 bits.
  { updates: 2, envSteps: 2 ** 40 + 3, episodes: 20, seconds: 3, values: { evalSuccess: 0.5 } },
];

/** Reads fields of a message as the wire format has them: number, and value. */
function fieldsOf(bytes: Uint8Array): [number, number | Uint8Array][] {
  const fields: [number, number | Uint8Array][] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, wire] = [key >> 3, key & 7];
    if (wire === 0) fields.push([field, varint()]);
    else if (wire === 1) fields.push([field, view.getFloat64((at += 8) - 8, true)]);
    else if (wire === 5) fields.push([field, view.getFloat32((at += 4) - 4, true)]);
    else {
      const length = varint();
      fields.push([field, bytes.subarray(at, (at += length))]);
    }
  }
  return fields;
}

/** The events of a file, each record's checksums tried. */
function eventsOf(file: Uint8Array): Uint8Array[] {
  const events: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const unmasked = (at: number) => {
    const rotated = (view.getUint32(at, true) - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(unmasked(at + 8)).toBe(crc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(at + 12 + length)).toBe(crc32c(data));
    events.push(data);
    at += length + 16;
  }
  return events;
}

test('the checksum is Castagnoli’s', () => {
  // Vectors of RFC 3720, appendix B.4.
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});

test('measurements are TensorBoard events: a version, then scalars by environment steps', () => {
  const file = eventFile(POINTS, 1_700_000_000_000);
  const [version, ...events] = eventsOf(file).map(fieldsOf);
  const said = (value: number | Uint8Array | undefined) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  expect(version?.map(([field, value]) => [field, said(value)])).toEqual([
    [1, 1_700_000_000],
    [2, 0],
    [3, 'brain.Event:2'],
  ]);
  const read = events.map((event) => {
    const [time, step, summary] = event;
    expect(event.map(([field]) => field)).toEqual([1, 2, 5]);
    const scalars = fieldsOf(summary?.[1] as Uint8Array).map(([field, value]) => {
      expect(field).toBe(1);
      const [tag, number] = fieldsOf(value as Uint8Array);
      expect([tag?.[0], number?.[0]]).toEqual([1, 2]);
      return [said(tag?.[1]), number?.[1]];
    });
    return { time: time?.[1], step: step?.[1], scalars };
  });
  expect(read).toEqual([
    {
      time: 1_700_000_001.5,
      step: 2048,
      scalars: [
        ['outcome/success', 0.25],
        ['learning/entropy', 1.5],
      ],
    },
    { time: 1_700_000_003, step: 2 ** 40 + 3, scalars: [['held-out/evalSuccess', 0.5]] },
  ]);
  expect(eventFileName('run-1', 1_700_000_000_999)).toBe('events.out.tfevents.1700000000.run-1');
});
