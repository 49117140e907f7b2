import type { Random } from '../../../policy/random.ts';
import { distancesFrom, type Maze, neighbours } from './ways.ts';

/** Share of the walls between passages that are opened again, so that there are several ways. */
const LOOPS = 0.08;
/** How often growth goes on from the newest cell: more make longer corridors. */
const NEWEST = 0.7;

/** Passages that grow from one cell and never touch each other, then a few openings. */
function passages(side: number, random: Random): Uint8Array {
  const free = new Uint8Array(side * side);
  const origin = random.below(free.length);
  free[origin] = 1;
  const growing = [origin];
  const openBeside = (cell: number) =>
    neighbours(cell, side).reduce((count, next) => count + free[next], 0);
  while (growing.length > 0) {
    const at = random.uniform() < NEWEST ? growing.length - 1 : random.below(growing.length);
    const room = neighbours(growing[at], side).filter(
      (cell) => !free[cell] && openBeside(cell) === 1,
    );
    if (room.length === 0) growing.splice(at, 1);
    else {
      const cell = room[random.below(room.length)];
      free[cell] = 1;
      growing.push(cell);
    }
  }
  const walls = [...free.keys()].filter((cell) => !free[cell] && openBeside(cell) >= 2);
  for (const cell of walls) if (random.uniform() < LOOPS) free[cell] = 1;
  return free;
}

/** A maze whose shortest way is the only one of its length, and at least as long as the maze is wide. */
export function makeMaze(side: number, random: Random): Maze {
  for (;;) {
    const free = passages(side, random);
    const cells = [...free.keys()].filter((cell) => free[cell]);
    for (let tries = 0; tries < 8; tries++) {
      const start = cells[random.below(cells.length)];
      const { steps, ways } = distancesFrom({ side, free }, start);
      const goals = cells.filter((cell) => steps[cell] >= side && ways[cell] === 1);
      if (goals.length === 0) continue;
      return { side, free, start, goal: goals[random.below(goals.length)] };
    }
  }
}
