import type { RunInfo } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { wilsonInterval } from '../../../shared/statistics.ts';
import { shortLevelId } from '../../selectors/levels.ts';

/** One who can play, as `episode:play` names it. */
export interface PolicyOption {
  id: string;
  label: string;
}

/** Scripts, the shipped policy, and of each run its newest, its best and the weights it began with. */
export function policyOptions(runs: readonly RunInfo[]): PolicyOption[] {
  const fixed = [
    { id: 'default', label: 'Shipped policy' },
    { id: 'expert', label: 'Scripted expert' },
    { id: 'random', label: 'Random actions' },
  ];
  const ofRuns = runs.flatMap((run) => {
    const name = `${run.name || shortLevelId(run.levelId)} (${run.policy})`;
    return [
      { id: run.id, label: `${name}: now` },
      { id: `${run.id}.best`, label: `${name}: best` },
      { id: `${run.id}.start`, label: `${name}: before learning` },
    ];
  });
  return [...ofRuns, ...fixed];
}

/** What became of one world: an episode, or why there is none. */
export type Game = Replay | { failed: string } | undefined;

export const isPlayed = (game: Game): game is Replay => game !== undefined && 'outcome' in game;

export interface Tally {
  played: number;
  done: number;
  /** 95 % interval of the share done. */
  interval: [number, number];
  /** Mean steps of those done; undefined where none was. */
  steps: number | undefined;
}

export function tallyOf(games: readonly Game[]): Tally {
  const played = games.filter(isPlayed);
  const done = played.filter(({ outcome }) => outcome.success);
  const steps = done.reduce((sum, { outcome }) => sum + outcome.steps, 0);
  return {
    played: played.length,
    done: done.length,
    interval: wilsonInterval(done.length, played.length),
    steps: done.length > 0 ? steps / done.length : undefined,
  };
}

/** "95 % (76–99 %)", of an empty tally nothing. */
export function shareText({ played, done, interval }: Tally): string {
  if (played === 0) return '';
  const percent = (share: number) => Math.round(100 * share);
  return `${percent(done / played)} % (${percent(interval[0])}–${percent(interval[1])} %)`;
}

/** What the same worlds say of the two, in one sentence; empty before both have played one. */
export function verdictOf(a: readonly Game[], b: readonly Game[]): string {
  let both = 0;
  let onlyA = 0;
  let onlyB = 0;
  a.forEach((game, i) => {
    const other = b[i];
    if (!isPlayed(game) || !isPlayed(other)) return;
    both++;
    if (game.outcome.success && !other.outcome.success) onlyA++;
    if (!game.outcome.success && other.outcome.success) onlyB++;
  });
  if (both === 0) return '';
  const worlds = `${both} ${both === 1 ? 'world' : 'worlds'} that both have played`;
  if (onlyA === 0 && onlyB === 0) return `Of the ${worlds}, both did the same ones.`;
  return `Of the ${worlds}, only A did ${onlyA}, only B did ${onlyB}.`;
}

/** The next world after `index` that both have played, going round; −1 where there is none. */
export function nextPair(a: readonly Game[], b: readonly Game[], index: number): number {
  for (let step = 1; step <= a.length; step++) {
    const at = (index + step) % a.length;
    if (isPlayed(a[at]) && isPlayed(b[at])) return at;
  }
  return -1;
}
