import { expect, test } from '@jest/globals';
import { type DepthRow, depthPlot, depthTable, depthText } from './depthTable.ts';

const row = (level: string, depth: number, success: number) =>
  ({ level, depth, success, ci95: [success - 0.1, success + 0.05] }) as DepthRow;
const ROWS = [
  row('BabyAI-GoTo-v0', 0, 0.5),
  row('BabyAI-GoTo-v0', 1, 0.9),
  row('BabyAI-Open-v0', 1, 0.75),
];

test('the table has a line for each level and says where nothing was measured', () => {
  expect(depthText(ROWS).split('\n')).toEqual([
    '| level | Doer alone | 1 |',
    '|---|---:|---:|',
    '| GoTo | 50.0 (40.0–55.0) | 90.0 (80.0–95.0) |',
    '| Open | – | 75.0 (65.0–80.0) |',
  ]);
});

test('the picture has a line for each level and an interval for each figure', () => {
  const svg = depthPlot(ROWS);
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg.match(/<circle/g)).toHaveLength(3);
  expect(svg).toContain('Doer alone');
});

test('the same seeds are played at every depth, and depth tells', async () => {
  const rows = await depthTable({
    checkpoint: 'rooms',
    levels: ['BabyAI-GoToObj-v0'],
    depths: [0, 1, 3],
    episodes: 16,
    engine: 'wasm',
    workers: 1,
  });
  expect(rows.map(({ depth, episodes }) => [depth, episodes])).toEqual([
    [0, 16],
    [1, 16],
    [3, 16],
  ]);
  // Without the Planner no step is pondered twice.
  expect(rows[0].meanPonder).toBe(1);
  expect(rows[1].meanPonder).toBeGreaterThan(1);
  expect(rows[2].meanLength).not.toBe(rows[1].meanLength);
});
