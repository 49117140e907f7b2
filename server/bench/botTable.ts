import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type BotRow, botStats } from '../../envs/bot/index.ts';
import { listLevels } from '../../envs/index.ts';

/**
 * Rewrites the table of all levels in envs/bot/README.md:
 *
 *     npx tsx server/bench/botTable.ts [EPISODES] [SEED_BASE]
 */

const BEGIN = '<!-- levels: begin -->';
const END = '<!-- levels: end -->';

interface PythonRecord {
  rows: number;
  successes: number;
  steps: number;
}

/** Minigrid's own bot on the recorded seeds, by level. */
function pythonRecords(path: string): Map<string, PythonRecord> {
  const records = new Map<string, PythonRecord>();
  for (const line of gunzipSync(readFileSync(path)).toString().trim().split('\n')) {
    const row = JSON.parse(line) as BotRow;
    const record = records.get(row.id) ?? { rows: 0, successes: 0, steps: 0 };
    record.rows++;
    if (row.success) {
      record.successes++;
      record.steps += row.steps;
    }
    records.set(row.id, record);
  }
  return records;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))}`;
}
function steps(mean: number): string {
  return Number.isNaN(mean) ? '–' : mean.toFixed(1);
}

/** Markdown with columns of equal width, the first to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [rows[0], rule, ...rows.slice(1)].map(line).join('\n');
}

/** The table as Markdown: success in percent, mean steps of the successful episodes. */
export function botTable(episodes: number, seedBase: number, goldenPath: string): string {
  const python = pythonRecords(goldenPath);
  const lines = [
    [
      'level',
      `success, % of ${episodes}`,
      'mean steps',
      'longest',
      'Minigrid’s, % of 20',
      'its mean steps',
      'ours on those',
    ],
  ];
  for (const { id } of listLevels()) {
    const ours = botStats({ levelId: id, episodes, seedBase });
    const record = python.get(id);
    const same = botStats({ levelId: id, episodes: record?.rows ?? 1 });
    const theirs =
      record === undefined
        ? ['–', '–', '–']
        : [
            percent(record.successes / record.rows),
            steps(record.steps / record.successes),
            percent(same.success),
          ];
    lines.push([
      id.replace(/^BabyAI-/, '').replace(/-v0$/, ''),
      percent(ours.success),
      steps(ours.meanLength),
      String(ours.longest),
      ...theirs,
    ]);
    process.stderr.write(`${id}\n`);
  }
  return aligned(lines);
}

function main([episodes = '200', seedBase = '0']: string[]): void {
  const readme = fileURLToPath(new URL('../../envs/bot/README.md', import.meta.url));
  const golden = fileURLToPath(new URL('../../envs/golden/bot.jsonl.gz', import.meta.url));
  const text = readFileSync(readme, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${readme} lacks the lines ${BEGIN} and ${END}`);
  const table = botTable(Number(episodes), Number(seedBase), golden);
  const head = text.slice(0, from + BEGIN.length);
  writeFileSync(readme, `${head}\n\n${table}\n\n${text.slice(to)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
