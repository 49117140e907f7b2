import type { ProcessHandle } from './launcher.ts';

/** A process that does what a test says with each message. */
export interface FakeProcess<In, Out> {
  readonly got: In[];
  isKilled: boolean;
  answer(message: Out): void;
  exit(reason?: string): void;
}

/** A launcher of such processes, and those that it has launched so far. */
export function fakeProcesses<In, Out>() {
  const processes: FakeProcess<In, Out>[] = [];
  const launch = (): ProcessHandle<In, Out> => {
    const own: FakeProcess<In, Out> = {
      got: [],
      isKilled: false,
      answer: () => {},
      exit: () => {},
    };
    processes.push(own);
    return {
      send: (message) => void own.got.push(message),
      onMessage: (listener) => {
        own.answer = listener;
      },
      onExit: (listener) => {
        own.exit = listener;
      },
      kill: () => {
        own.isKilled = true;
      },
    };
  };
  return { launch, processes };
}
