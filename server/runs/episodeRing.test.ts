import { expect, test } from '@jest/globals';
import { sampleReplay } from '../storage/sample.testing.ts';
import { EpisodeRing, Throttle } from './episodeRing.ts';

const ids = (replays: { id: string }[]) => replays.map(({ id }) => id);
const bytes = JSON.stringify(sampleReplay('e1')).length;

test('keeps the newest episodes, bounded in number', () => {
  const ring = new EpisodeRing(3, 1e9);
  for (let n = 1; n <= 5; n++) ring.add(sampleReplay(`e${n}`));
  expect(ring.find('e2')).toBeUndefined();
  expect(ring.find('e3')?.id).toBe('e3');
  expect(ids(ring.newest(2, 1e9))).toEqual(['e4', 'e5']);
});

test('is bounded in bytes too, but always keeps the newest', () => {
  const ring = new EpisodeRing(100, bytes * 2.5);
  for (let n = 1; n <= 5; n++) ring.add(sampleReplay(`e${n}`));
  expect(ids(ring.newest(100, 1e9))).toEqual(['e4', 'e5']);
  expect(ids(ring.newest(100, 10))).toEqual(['e5']);
  const tiny = new EpisodeRing(100, 10);
  tiny.add(sampleReplay('e1'));
  expect(ids(tiny.newest(5, 5))).toEqual(['e1']);
});

test('the throttle lets a burst through and then its rate', () => {
  let now = 0;
  const throttle = new Throttle(4, 4, () => now);
  const taken = (times: number) =>
    Array.from({ length: times }, () => throttle.take()).filter(Boolean).length;
  expect(taken(10)).toBe(4);
  now += 500;
  expect(taken(10)).toBe(2);
});
