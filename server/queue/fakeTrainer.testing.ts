import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { wilsonInterval } from '../../shared/statistics.ts';
import type { ProcessHandle } from '../processes/launcher.ts';
import { policyName, stateName } from './states.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

type Start = Extract<ToTrainer, { type: 'start' }>;

/**
 * Trainers that compute nothing: success is a hundredth of the seed. Each ends when `mayEnd` says so, and tells `begun` of
 * its beginning.
 */
export function fakeTrainers(
  begun: (start: Start) => void,
  mayEnd: (start: Start) => boolean | Promise<boolean>,
): () => ProcessHandle<ToTrainer, FromTrainer> {
  return () => {
    let tell: (message: FromTrainer) => void = () => undefined;
    let exit: (reason: string | undefined) => void = () => undefined;
    let isOver = false;
    const end = (message?: FromTrainer) => {
      if (isOver) return;
      isOver = true;
      if (message) tell(message);
      exit(message ? undefined : 'was killed');
    };
    const save = ({ folder, lease }: Start, name = stateName(lease)) =>
      writeFileSync(path.join(folder, name), '');
    const train = async (start: Start) => {
      const { training, lease } = start;
      begun(start);
      save(start);
      for (let envSteps = 0; !isOver; envSteps++) {
        tell({ type: 'alive', envSteps });
        if (await mayEnd(start)) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      if (isOver) return;
      const success = training.session.seed / 100;
      const ci95 = wilsonInterval(training.session.seed, 100);
      if (training.isLast) save(start, policyName(lease));
      const figures = { envSteps: training.steps, seconds: 1, success, ci95, episodes: 100 };
      end({
        type: 'done',
        tested: { ...figures, ...(training.isLast ? { fresh: { success, ci95 } } : {}) },
      });
    };
    return {
      send: (message) => {
        if (message.type === 'start') void train(message);
        else end({ type: 'stopped' });
      },
      onMessage: (listener) => {
        tell = listener;
      },
      onExit: (listener) => {
        exit = listener;
      },
      kill: () => end(),
    };
  };
}
