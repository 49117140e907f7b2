import { at } from '../../../shared/indexing.ts';
import { type Comparison, SIDE_NAMES } from '../../store/state.ts';
import { type Game, isPlayed } from './tally.ts';

const COLUMNS = [
  ...['level', 'seed', 'side', 'policy', 'planner', 'doer', 'switched_off', 'depth', 'greedy'],
  ...['success', 'steps', 'return'],
] as const;

/**
 * What a comparison has come to as CSV (RFC 4180): a line for each side and world that was played, with all
 * that one needs to play it again. An empty depth is the one that the policy was trained with.
 */
export function resultsCsv(comparison: Comparison, games: readonly (readonly Game[])[]): string {
  const lines = comparison.sides.flatMap((side, i) =>
    (games[i] ?? []).flatMap((game, world) => {
      if (!isPlayed(game)) return [];
      const { success, steps, return: paid } = game.outcome;
      return [
        [
          ...[comparison.levelId, comparison.seed + world, at(SIDE_NAMES, i), side.policy],
          ...[side.planner ?? 'own', side.doer ?? 'own', side.ablation, side.depth ?? ''],
          ...[side.greedy, success, steps, paid],
        ],
      ];
    }),
  );
  return [COLUMNS, ...lines].map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

function quoted(value: string | number | boolean): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
