import type { EngineChoice } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { GoalMode } from '../../shared/play.ts';
import { evaluateOn, withPolicy } from '../learning/evaluation/evaluatePolicy.ts';
import type { Evaluation } from '../play/score.ts';
import {
  COLORS,
  legendLine,
  pictureOf,
  plotFrame,
  polyline,
  shortName,
  xLabel,
} from './plotFrame.ts';

export interface DepthTableOptions {
  checkpoint: string;
  levels: readonly string[];
  /** Planner updates each time it replans; 0 is the Doer alone. */
  depths: readonly number[];
  episodes: number;
  engine: EngineChoice;
  workers: number;
  /** How the Planner's goals are taken in tests; by default as is usual for the policy. */
  goals?: GoalMode;
  onProgress?: (line: string) => void;
}

export type DepthRow = Evaluation & { level: string; depth: number };

/** What more thinking buys: the same policy on the same held-out seeds with more Planner updates a replan. */
export async function depthTable(options: DepthTableOptions): Promise<DepthRow[]> {
  return withPolicy(options, async (group) => {
    const rows: DepthRow[] = [];
    for (const level of options.levels) {
      for (const depth of options.depths) {
        const result = await evaluateOn(group, {
          levelId: level,
          episodes: options.episodes,
          seedBase: EVAL_SEED_BASE,
          greedy: false,
          goals: options.goals,
          ...(depth === 0 ? { ablation: 'withoutPlanner' as const } : { depth }),
        });
        rows.push({ level, depth, ...result });
        options.onProgress?.(`${level}, depth ${depth}: ${percent(result.success)} %`);
      }
    }
    return rows;
  });
}

const percent = (share: number) => (100 * share).toFixed(1);

/** One line for each level, success and its interval for each depth, as a Markdown table. */
export function depthText(rows: readonly DepthRow[]): string {
  const depths = [...new Set(rows.map(({ depth }) => depth))];
  const levels = [...new Set(rows.map(({ level }) => level))];
  const cell = (level: string, depth: number) => {
    const row = rows.find((one) => one.level === level && one.depth === depth);
    if (!row) return '–';
    return `${percent(row.success)} (${percent(row.ci95[0])}–${percent(row.ci95[1])})`;
  };
  return [
    `| level | ${depths.map((depth) => (depth === 0 ? 'Doer alone' : depth)).join(' | ')} |`,
    `|---|${depths.map(() => '---:').join('|')}|`,
    ...levels.map(
      (level) => `| ${shortName(level)} | ${depths.map((d) => cell(level, d)).join(' | ')} |`,
    ),
  ].join('\n');
}

/** Success against depth with 95 % intervals, as an SVG picture. */
export function depthPlot(rows: readonly DepthRow[]): string {
  const depths = [...new Set(rows.map(({ depth }) => depth))].sort((a, b) => a - b);
  const levels = [...new Set(rows.map(({ level }) => level))];
  const frame = plotFrame(
    'Success against Planner updates a replan',
    'Planner updates each time it replans',
  );
  const { area, parts, y } = frame;
  // Depths double, so they are evenly spaced.
  const x = (depth: number) =>
    area.left + ((area.right - area.left) * (depths.indexOf(depth) + 0.5)) / depths.length;
  for (const depth of depths) xLabel(frame, x(depth), depth === 0 ? 'Doer alone' : depth);
  for (const [i, level] of levels.entries()) {
    const color = COLORS[i % COLORS.length];
    const own = rows.filter((row) => row.level === level).sort((a, b) => a.depth - b.depth);
    // Side by side, so that intervals do not cover one another.
    const shift = (i - (levels.length - 1) / 2) * 5;
    const at = (row: DepthRow) => x(row.depth) + shift;
    polyline(
      frame,
      own.map((row) => [at(row), y(row.success)]),
      color,
    );
    for (const row of own) {
      const cx = at(row).toFixed(1);
      const [low, high] = row.ci95.map((share) => y(share).toFixed(1));
      parts.push(
        `<line x1="${cx}" x2="${cx}" y1="${low}" y2="${high}" stroke="${color}"/>`,
        `<circle cx="${cx}" cy="${y(row.success).toFixed(1)}" r="3.5" fill="${color}"/>`,
      );
    }
    legendLine(frame, i, shortName(level), color);
  }
  return pictureOf(frame);
}
