import type { LaunchProcess } from './launcher.ts';

/** A process that answers each message, inside the test's own: for tests that are not about processes. */
export const answeringHere =
  <To, From>(answer: (message: To) => Promise<From>): LaunchProcess<To, From> =>
  () => {
    let listener: (message: From) => void = () => undefined;
    return {
      send: (message) => void answer(message).then((from) => listener(structuredClone(from))),
      onMessage(own) {
        listener = own;
      },
      onExit() {},
      kill() {},
    };
  };
