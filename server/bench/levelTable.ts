import { listLevels } from '../../envs/index.ts';
import type { EngineChoice } from '../../shared/config.ts';
import type { GoalMode } from '../../shared/play.ts';
import { evaluateOn, withPolicy } from '../learning/evaluation/evaluatePolicy.ts';
import type { Evaluation } from '../play/score.ts';

export interface LevelTableOptions {
  checkpoint: string;
  /** By default, all registered levels. */
  levels?: readonly string[];
  episodes: number;
  /** Seed of the first episode on each level. */
  seedBase: number;
  engine: EngineChoice;
  workers: number;
  /** How the Planner's goals are taken; by default as is usual for the policy. */
  goals?: GoalMode;
  onProgress?: (line: string) => void;
}

export type LevelRow = Evaluation & { level: string };

/** One policy on many levels, on held-out seeds, sampled actions. */
export async function levelTable(options: LevelTableOptions): Promise<LevelRow[]> {
  const levels = options.levels ?? listLevels().map(({ id }) => id);
  return withPolicy(options, async (group) => {
    const rows: LevelRow[] = [];
    for (const level of levels) {
      const result = await evaluateOn(group, {
        levelId: level,
        episodes: options.episodes,
        seedBase: options.seedBase,
        greedy: false,
        goals: options.goals,
      });
      rows.push({ level, ...result });
      options.onProgress?.(`${level}: ${(100 * result.success).toFixed(1)} %`);
    }
    return rows;
  });
}

/** The rows as a Markdown table. */
export function tableText(rows: readonly LevelRow[]): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  const lines = rows.map(
    (row) =>
      `| ${row.level.replace(/^BabyAI-/, '')} | ${percent(row.success)} | ${percent(row.ci95[0])}–${percent(row.ci95[1])} | ${row.meanLength.toFixed(1)} | ${percent(row.goalHitRate)} | ${row.meanGoalLife.toFixed(1)} | ${row.meanPonder.toFixed(2)} |`,
  );
  return [
    '| level | success % | 95 % interval | mean length | goals reached % | goal life | ponder |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}
