import type { CreateTrainSession } from '../learning/types.ts';
import type { Launch } from './launcher.ts';
import { runTrainer } from './trainerLoop.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

/** Trainers inside the test's own process, for tests that are not about processes. */
export const launchHere =
  (createSession: CreateTrainSession): Launch =>
  () => {
    let toTrainer: (message: ToTrainer) => void = () => {};
    let toManager: (message: FromTrainer) => void = () => {};
    let exited: (reason: string | undefined) => void = () => {};
    const channel = {
      send: (message: FromTrainer) => void setImmediate(() => toManager(structuredClone(message))),
      onMessage(listener: typeof toTrainer) {
        toTrainer = listener;
      },
      onDisconnect() {},
      leave() {},
    };
    void runTrainer(channel, createSession).then((ok) =>
      setImmediate(() => exited(ok ? undefined : 'exited with code 1')),
    );
    return {
      send: (message) => void setImmediate(() => toTrainer(structuredClone(message))),
      onMessage(listener) {
        toManager = listener;
      },
      onExit(listener) {
        exited = listener;
      },
      kill() {},
    };
  };
