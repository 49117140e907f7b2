import type { PresetId } from '../../../shared/config.ts';
import { differenceOfMeans, mean } from '../../../shared/statistics.ts';
import { shortName } from '../plotFrame.ts';
import { type ArmId, configOf, multiplications } from './arms.ts';
import type { HierarchyRun } from './hierarchy.ts';

/** By how many points the hierarchy has to win; declared before the test was run. */
export const MARGIN = 4;

const MEASURES = [
  { key: 'success', title: 'as trained' },
  { key: 'longer', title: 'longer' },
] as const;

/** HRM against the best other arm on one level, number of demonstrations and length of missions. */
export interface Comparison {
  level: string;
  demonstrations: number;
  missions: (typeof MEASURES)[number]['title'];
  best: ArmId;
  /** HRM's mean success less that arm's, in points, and its 95 % interval over the seeds. */
  difference: number;
  ci95: [number, number];
  verdict: 'hierarchy wins' | 'hierarchy loses' | 'open';
}

const percent = (share: number) => (100 * share).toFixed(1);

/** Runs that differ in arm and seed alone. */
function conditions(runs: readonly HierarchyRun[]): HierarchyRun[][] {
  const groups = new Map<string, HierarchyRun[]>();
  for (const run of runs) {
    const key = `${run.level} ${run.demonstrations}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

const armsOf = (runs: readonly HierarchyRun[]) => [...new Set(runs.map(({ arm }) => arm))];

/**
 * HRM against the arm without Planner that has the best mean, for each condition in which both have two seeds or more.
 * The hierarchy wins where it is ahead by at least MARGIN points and the interval is above 0; it loses where the
 * interval is below 0.
 */
export function compare(runs: readonly HierarchyRun[]): Comparison[] {
  return conditions(runs).flatMap((group) =>
    MEASURES.flatMap(({ key, title }): Comparison[] => {
      const of = (arm: ArmId) => group.filter((run) => run.arm === arm).map((run) => run[key]);
      const others = armsOf(group).filter((arm) => arm !== 'hrm' && of(arm).length > 1);
      const own = of('hrm');
      const [best] = others.sort((a, b) => mean(of(b)) - mean(of(a)));
      if (!best || own.length < 2) return [];
      const { difference, ci95 } = differenceOfMeans(of(best), own);
      const isAhead = 100 * difference >= MARGIN && ci95[0] > 0;
      return [
        {
          ...{ level: group[0].level, demonstrations: group[0].demonstrations, missions: title },
          ...{ best, difference: 100 * difference },
          ci95: [100 * ci95[0], 100 * ci95[1]],
          verdict: isAhead ? 'hierarchy wins' : ci95[1] < 0 ? 'hierarchy loses' : 'open',
        },
      ];
    }),
  );
}

/** Every arm in every condition, then what HRM's lead is, as Markdown. */
export function hierarchyText(runs: readonly HierarchyRun[], preset: PresetId): string {
  const lines = [
    '| level | demonstrations | arm | weights | million multiplications | as trained %, each seed | mean | longer %, each seed | mean | seconds |',
    '|---|---:|---|---:|---:|---:|---:|---:|---:|---:|',
  ];
  for (const group of conditions(runs))
    for (const arm of armsOf(group)) {
      const own = group.filter((run) => run.arm === arm);
      const each = (key: 'success' | 'longer') => [
        own.map((run) => percent(run[key])).join(' · '),
        percent(mean(own.map((run) => run[key]))),
      ];
      const [{ level, demonstrations, parameters }] = own;
      const cells = [
        shortName(level),
        demonstrations.toLocaleString('en'),
        arm,
        parameters.toLocaleString('en'),
        (
          multiplications(configOf(arm, preset), mean(own.map((run) => run.ponder)) - 1) / 1e6
        ).toFixed(2),
        ...each('success'),
        ...each('longer'),
        mean(own.map(({ seconds }) => seconds)).toFixed(0),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  lines.push(
    '',
    '| level | demonstrations | missions | best without Planner | hrm’s lead in points | 95 % interval | |',
    '|---|---:|---|---|---:|---:|---|',
  );
  for (const { level, demonstrations, missions, best, difference, ci95, verdict } of compare(runs))
    lines.push(
      `| ${shortName(level)} | ${demonstrations.toLocaleString('en')} | ${missions} | ${best} | ${signed(difference)} | ${signed(ci95[0])} to ${signed(ci95[1])} | ${verdict} |`,
    );
  return lines.join('\n');
}

const signed = (points: number) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
