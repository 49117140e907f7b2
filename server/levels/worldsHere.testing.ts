import type { LaunchWorlds } from './worlds.ts';
import { doWorldTask, type FromWorlds } from './worldTasks.ts';

/** Worlds inside the test's own process, for tests that are not about processes. */
export const launchWorldsHere: LaunchWorlds = () => {
  let listener: (message: FromWorlds) => void = () => undefined;
  return {
    send: ({ task }) => void doWorldTask(task).then((answer) => listener(structuredClone(answer))),
    onMessage(own) {
      listener = own;
    },
    onExit() {},
    kill() {},
  };
};
