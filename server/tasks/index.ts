import type { ReplayVerdict } from '../../envs/replay.ts';
import type { Replay } from '../../shared/replay.ts';
import { babyai } from './babyai/index.ts';
import type { Task } from './task.ts';

/** The task of the program's own runs; it also answers for ids that no task knows. */
export const MAIN_TASK: Task = babyai;
const tasks: Task[] = [MAIN_TASK];
/** Every task; the main one is the last. */
export const TASKS: readonly Task[] = tasks;

/** Addresses of the modules that `addTask` has loaded here: threads that compute load them, too. */
export const addedTasks: string[] = [];

/** Adds a task of another module, which exports it as `task`. A module that is known already is left alone. */
export async function addTask(module: string): Promise<void> {
  if (addedTasks.includes(module)) return;
  const { task } = (await import(module)) as { task: Task };
  addedTasks.push(module);
  tasks.unshift(task);
}

/** The task of a level. */
export function taskOf(levelId: string): Task {
  return TASKS.find((task) => task.owns(levelId)) ?? MAIN_TASK;
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
