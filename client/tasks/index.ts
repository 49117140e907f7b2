import { babyai } from './babyai.ts';
import type { PageTask } from './task.ts';

/** Every task that the page can play; BabyAI, the last, also answers for ids that no task knows. */
export const TASKS: PageTask[] = [babyai];

/** The task of a level. */
export const taskOf = (levelId: string): PageTask =>
  TASKS.find((task) => task.owns(levelId)) ?? babyai;
