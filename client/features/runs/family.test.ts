import { expect, test } from '@jest/globals';
import { aRun } from '../../../shared/run.testing.ts';
import { branchText, comparisonWithParent, familyTree } from './family.ts';

const fork = (run: string) => ({
  ...{ run, name: `old ${run}`, checkpoint: `${run}.u3`, init: 'rooms' },
  ...{ envSteps: 12_000, updates: 3, worlds: 'kept' as const },
});
const ROOT = aRun({ id: 'root', name: 'doors', createdAt: 1 });
const FIRST = aRun({ id: 'first', createdAt: 2, fork: fork('root') });
const SECOND = aRun({ id: 'second', createdAt: 4, fork: fork('root') });
const GRANDCHILD = aRun({ id: 'grandchild', createdAt: 5, fork: fork('first') });
const ORPHAN = aRun({ id: 'orphan', createdAt: 3, fork: fork('gone') });
const LONER = aRun({ id: 'loner', createdAt: 6 });

test('forks stand under their parents, families where their first member stands', () => {
  const listed = familyTree([GRANDCHILD, LONER, SECOND, ORPHAN, FIRST, ROOT]);
  expect(listed.map(({ run, depth }) => `${depth} ${run.id}`)).toEqual([
    '0 root',
    '1 first',
    '2 grandchild',
    '1 second',
    '0 loner',
    '0 orphan',
  ]);
});

test('a run says where it branched off, also from one that is deleted', () => {
  const runs = { root: ROOT };
  expect(branchText(FIRST, runs)).toBe('from step 12 k of doors');
  expect(branchText(ORPHAN, runs)).toBe('from step 12 k of old gone, which is deleted');
  expect(branchText(ROOT, runs)).toBe('');
});

test('a fork is compared with its parent, or with its own beginning, on the same worlds', () => {
  const policies = (id: string) =>
    comparisonWithParent({ root: ROOT, first: FIRST, orphan: ORPHAN }, id)?.sides.map(
      ({ policy }) => policy,
    );
  expect(policies('first')).toEqual(['first', 'root']);
  expect(policies('orphan')).toEqual(['orphan', 'orphan.start']);
  expect(policies('root')).toBe(undefined);
});
