import { fileURLToPath } from 'node:url';
import { type LaunchProcess, type ProcessHandle, processLauncher } from '../processes/launcher.ts';
import type { FromTrainer, ToTrainer } from './trainerProtocol.ts';

export type TrainerHandle = ProcessHandle<ToTrainer, FromTrainer>;
export type Launch = LaunchProcess<ToTrainer, FromTrainer>;

const TRAINER = fileURLToPath(new URL('./trainer.ts', import.meta.url));

/**
 * Starts trainers as child processes on this machine.
 * @param onOutput what a trainer's libraries print, line by line
 * @param entry the file to run; another one than the real trainer only to provoke failures in tests
 */
export function localLauncher(onOutput: (line: string) => void, entry = TRAINER): Launch {
  return processLauncher(entry, onOutput);
}
