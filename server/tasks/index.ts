import type { ReplayVerdict } from '../../envs/replay.ts';
import type { Replay } from '../../shared/replay.ts';
import { babyai } from './babyai/index.ts';
import type { Task } from './task.ts';

/** Every task; the last one also answers for ids that no task knows. */
export const TASKS: readonly Task[] = [babyai];

/** The task of a level. */
export function taskOf(levelId: string): Task {
  return TASKS.find((task) => task.owns(levelId)) ?? TASKS[TASKS.length - 1];
}

/** What one can choose from, of all tasks. */
export const allLevels = () => TASKS.flatMap((task) => task.levels());

/** The id that a short name stands for in any task; the name itself where it stands for none. */
export function fullLevelId(name: string): string {
  for (const { names } of TASKS) {
    const id = names.full(name);
    if (id !== undefined) return id;
  }
  return name;
}

/** Plays a replay again in its task and compares; see `Task.verify`. */
export const verifyReplay = (replay: Replay): ReplayVerdict =>
  taskOf(replay.levelId).verify(replay);
