import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { botStats } from '../../envs/bot/index.ts';
import { listLevels } from '../../envs/index.ts';

const FILE = fileURLToPath(new URL('../../envs/levels/difficulty.ts', import.meta.url));

/** Mean steps that the bot needs on seeds 0 and up, in whole tenths, by level id. */
export function measureDifficulty(
  episodes: number,
  say: (line: string) => void = () => {},
): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const { id } of listLevels()) {
    const { meanLength } = botStats({ levelId: id, episodes });
    // A level that the bot never solves has no length.
    if (Number.isNaN(meanLength)) continue;
    lengths[id] = Number(meanLength.toFixed(1));
    say(`${id}: ${lengths[id]}`);
  }
  return lengths;
}

/** The module that holds them, as text. */
export function difficultyModule(
  lengths: Readonly<Record<string, number>>,
  episodes: number,
): string {
  const rows = Object.entries(lengths).map(([id, length]) => `  '${id}': ${length},`);
  return [
    '/**',
    ` * Mean steps that the bot needs over ${episodes} seeds, by level id. Measured, not written by hand:`,
    ' * `npm run -s cli -- levels --measure` rewrites this file.',
    ' */',
    'export const BOT_LENGTHS: Readonly<Record<string, number>> = {',
    ...rows,
    '};',
    '',
  ].join('\n');
}

/** Measures all registered levels and rewrites the module; returns its path. */
export function rewriteDifficulty(episodes: number, say: (line: string) => void): string {
  writeFileSync(FILE, difficultyModule(measureDifficulty(episodes, say), episodes));
  return FILE;
}
