import type { RunInfo } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { wilsonInterval } from '../../../shared/statistics.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { SIDE_NAMES } from '../../store/state.ts';

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

const playedByAll = (sides: readonly (readonly Game[])[], world: number) =>
  sides.every((games) => isPlayed(games[world]));

/** What the same worlds say of all sides, in one sentence; empty before all have played one. */
export function verdictOf(sides: readonly (readonly Game[])[]): string {
  const [a = [], b = []] = sides;
  const worlds = a.flatMap((_, i) => (playedByAll(sides, i) ? [i] : []));
  if (worlds.length === 0) return '';
  const does = (games: readonly Game[], i: number) => {
    const game = games[i];
    return isPlayed(game) && game.outcome.success;
  };
  const countOf = (holds: (world: number) => boolean) => worlds.filter(holds).length;
  const many = sides.length > 2;
  const together = many ? 'all' : 'both';
  const start = `Of the ${worlds.length} ${worlds.length === 1 ? 'world' : 'worlds'} that ${together} have played`;
  if (worlds.every((i) => sides.every((games) => does(games, i) === does(a, i))))
    return `${start}, ${together} did the same ones.`;
  if (many) {
    const counts = sides.map(
      (games, side) => `${SIDE_NAMES[side]} did ${countOf((i) => does(games, i))}`,
    );
    return `${start}, ${counts.join(', ')}.`;
  }
  const onlyA = countOf((i) => does(a, i) && !does(b, i));
  const onlyB = countOf((i) => does(b, i) && !does(a, i));
  return `${start}, only A did ${onlyA}, only B did ${onlyB}.`;
}

/** The next world after `index` that all have played, going round; −1 where there is none. */
export function nextShared(sides: readonly (readonly Game[])[], index: number): number {
  const count = sides[0]?.length ?? 0;
  for (let step = 1; step <= count; step++) {
    const at = (index + step) % count;
    if (playedByAll(sides, at)) return at;
  }
  return -1;
}
