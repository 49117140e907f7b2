import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { wilsonInterval } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';
import { bestPath } from './destination.ts';
import { BestPolicy } from './keptWork.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'kept-work-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hits = (count: number, episodes = 200) =>
  ({
    ...{ episodes, success: count / episodes, ci95: wilsonInterval(count, episodes) },
  }) as Evaluation;

/** A training whose policy at each test is its number; returns what was offered at the end, and said. */
async function trained(name: string, tests: readonly number[]) {
  const out = path.join(folder, name);
  const said: string[] = [];
  let policy = 0;
  const best = new BestPolicy(
    out,
    (file) => writeFile(file, String(policy)),
    (line) => said.push(line),
  );
  for (const count of tests) {
    policy++;
    await best.keepIfBest(hits(count));
  }
  return { offered: await best.offer(hits(tests.at(-1)!)), said, file: bestPath(out) };
}

test('a late collapse is said, and the policy of the best test is kept: the first of equals', async () => {
  const { offered, said, file } = await trained('fell', [160, 184, 190, 190, 120]);
  expect(offered).toBe(file);
  expect(readFileSync(file, 'utf8')).toBe('3');
  expect(said).toEqual([`The last policy is worse than one before it, which is kept in ${file}`]);
});

test('where the last is as good as the best, as far as anybody can tell, nothing else is left', async () => {
  const { offered, said, file } = await trained('held', [160, 186, 180]);
  expect([offered, said, existsSync(file)]).toEqual([undefined, [], false]);
});

test('a best policy that cannot be written is told, and the one before stays the best', async () => {
  const out = path.join(folder, 'full');
  const said: string[] = [];
  let isFull = false;
  const best = new BestPolicy(
    out,
    async (file) => {
      if (isFull) throw new Error('no space left');
      await writeFile(file, 'first');
    },
    (line) => said.push(line),
  );
  await best.keepIfBest(hits(160));
  isFull = true;
  await best.keepIfBest(hits(190));
  expect(said).toEqual([`warning: ${bestPath(out)} could not be saved: no space left`]);
  expect(best.kept).toBe(bestPath(out));
  expect(readFileSync(bestPath(out), 'utf8')).toBe('first');
});

test('a training that is taken up goes on with the best policy of before, until one does better', async () => {
  const out = path.join(folder, 'taken-up');
  const said: string[] = [];
  const write = (text: string) => (file: string) => writeFile(file, text);
  const before = new BestPolicy(out, write('before'), () => undefined);
  await before.keepIfBest(hits(190));
  const after = new BestPolicy(out, write('after'), (line) => said.push(line));
  await after.takeUp(async () => hits(190));
  expect([after.success, said]).toEqual([
    0.95,
    [`${bestPath(out)}, the best before the interruption: 95.0 %`],
  ]);
  await after.keepIfBest(hits(120));
  expect(readFileSync(bestPath(out), 'utf8')).toBe('before');
  await after.keepIfBest(hits(199));
  expect(readFileSync(bestPath(out), 'utf8')).toBe('after');
});
