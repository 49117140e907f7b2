import { expect, test } from '@jest/globals';
import { bestOf, KEPT_NEWEST, type Keepable, retained } from './retention.ts';

const made = (updates: number, more: Partial<Keepable> = {}): Keepable => ({
  updates,
  bytes: 10,
  ...more,
});

/** What is left when each of `count` checkpoints is followed by a clearing out. */
function grow(
  count: number,
  limits: { bytes: number; count: number },
  more?: (u: number) => object,
) {
  let kept: Keepable[] = [];
  for (let updates = 0; updates < count; updates++)
    kept = retained([...kept, made(updates, more?.(updates))], limits);
  return kept;
}

test('the history reaches back to the start and grows thinner with age', () => {
  const kept = grow(20_000, { bytes: 1e9, count: 24 });
  expect(kept).toHaveLength(24);
  const ages = kept.map(({ updates }) => 20_000 - updates);
  expect(ages.slice(0, KEPT_NEWEST)).toEqual([1, 2, 3]);
  expect(ages.at(-1)).toBe(20_000);
  for (let i = KEPT_NEWEST; i < ages.length; i++) expect(ages[i] / ages[i - 1]).toBeLessThan(4);
});

test('stays within its size in bytes', () => {
  for (const count of [5, 50, 500]) {
    const kept = grow(count, { bytes: 85, count: 1000 });
    expect(kept.length).toBeLessThanOrEqual(8);
    expect(kept.length).toBeGreaterThan(4);
  }
});

test('the newest, the best and the one that outlives a power cut stay whatever the size', () => {
  const kept = grow(100, { bytes: 1, count: 1 }, (updates) => ({
    ...(updates % 10 === 0 && { evalSuccess: updates === 30 || updates === 40 ? 0.9 : 0.2 }),
    ...(updates === 7 || updates === 60 ? { synced: true } : {}),
  }));
  expect(kept.map(({ updates }) => updates)).toEqual([99, 98, 97, 60, 40]);
});

test('an untested one is never the best', () => {
  expect(bestOf([made(1), made(2)])).toBeUndefined();
  expect(bestOf([made(1), made(2, { evalSuccess: 0 }), made(3)])?.updates).toBe(2);
});
