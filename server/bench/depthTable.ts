import type { EngineName } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { Evaluation } from '../learning/evaluate.ts';
import { evaluateOn, withPolicy } from '../learning/evaluatePolicy.ts';

export interface DepthTableOptions {
  checkpoint: string;
  levels: readonly string[];
  /** Planner updates each time it replans; 0 is the Doer alone. */
  depths: readonly number[];
  episodes: number;
  engine: EngineName;
  workers: number;
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
const shortName = (level: string) => level.replace(/^BabyAI-|-v\d+$/g, '');

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

/** Told apart also by people who do not see all colours (Okabe and Ito's palette). */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const PLOT = { width: 640, height: 360, left: 56, right: 150, top: 20, bottom: 48 };

/** Success against depth with 95 % intervals, as an SVG picture. */
export function depthPlot(rows: readonly DepthRow[]): string {
  const { width, height, left, right, top, bottom } = PLOT;
  const depths = [...new Set(rows.map(({ depth }) => depth))].sort((a, b) => a - b);
  const levels = [...new Set(rows.map(({ level }) => level))];
  // Depths double, so they stand at equal distances.
  const x = (depth: number) =>
    left + ((width - left - right) * (depths.indexOf(depth) + 0.5)) / Math.max(1, depths.length);
  const y = (share: number) => top + (height - top - bottom) * (1 - share);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>Success against Planner updates a replan</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
  ];
  for (let tick = 0; tick <= 100; tick += 20) {
    const at = y(tick / 100).toFixed(1);
    parts.push(
      `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="#dddddd"/>`,
      `<text x="${left - 8}" y="${at}" dy="4" text-anchor="end" fill="#333333">${tick}</text>`,
    );
  }
  for (const depth of depths) {
    const label = depth === 0 ? 'Doer alone' : depth;
    parts.push(
      `<text x="${x(depth).toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle" fill="#333333">${label}</text>`,
    );
  }
  parts.push(
    `<text x="${(left + width - right) / 2}" y="${height - 10}" text-anchor="middle" fill="#333333">Planner updates each time it replans</text>`,
    `<text transform="translate(14 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle" fill="#333333">success, %</text>`,
  );
  for (const [i, level] of levels.entries()) {
    const color = COLORS[i % COLORS.length];
    const own = rows.filter((row) => row.level === level).sort((a, b) => a.depth - b.depth);
    // Side by side, so that intervals do not cover one another.
    const shift = (i - (levels.length - 1) / 2) * 5;
    const at = (row: DepthRow) => x(row.depth) + shift;
    const line = own.map((row) => `${at(row).toFixed(1)},${y(row.success).toFixed(1)}`).join(' ');
    parts.push(`<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const row of own) {
      const cx = at(row).toFixed(1);
      const [low, high] = row.ci95.map((share) => y(share).toFixed(1));
      parts.push(
        `<line x1="${cx}" x2="${cx}" y1="${low}" y2="${high}" stroke="${color}"/>`,
        `<circle cx="${cx}" cy="${y(row.success).toFixed(1)}" r="3.5" fill="${color}"/>`,
      );
    }
    const key = top + 12 + i * 20;
    parts.push(
      `<line x1="${width - right + 16}" x2="${width - right + 36}" y1="${key}" y2="${key}" stroke="${color}" stroke-width="2"/>`,
      `<text x="${width - right + 42}" y="${key}" dy="4" fill="#333333">${shortName(level)}</text>`,
    );
  }
  parts.push('</svg>');
  return `${parts.join('\n')}\n`;
}
