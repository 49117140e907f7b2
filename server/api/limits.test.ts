import { expect, test } from '@jest/globals';
import { RateLimiter } from './limits.ts';

test('lets a burst through, then so many a second, for each key by itself', () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 2, burst: 3 }, () => now);
  const takes = (key: string, times: number) =>
    Array.from({ length: times }, () => limiter.take(key)).filter(Boolean).length;
  expect(takes('a', 10)).toBe(3);
  expect(takes('b', 10)).toBe(3);
  now += 1000;
  expect(takes('a', 10)).toBe(2);
  now += 60_000;
  expect(takes('a', 10)).toBe(3);
});

test('a flood of keys does not grow without bound, and does not free the busy one', () => {
  const limiter = new RateLimiter({ perSecond: 0.001, burst: 1 }, () => 0);
  for (let n = 0; n < 50_000; n++) {
    limiter.take(`key-${n}`);
    if (n % 1000 === 0) limiter.take('busy');
  }
  const { buckets } = limiter as unknown as { buckets: Map<string, unknown> };
  expect(buckets.size).toBeLessThanOrEqual(10_001);
});
