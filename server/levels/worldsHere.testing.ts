import { answeringHere } from '../processes/here.testing.ts';
import type { LaunchWorlds } from './worlds.ts';
import { doWorldTask } from './worldTasks.ts';

export const launchWorldsHere: LaunchWorlds = answeringHere(({ task }) => doWorldTask(task));
