import { CommandError } from './connection.ts';

const BUSY_WAIT_MS = 600;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/**
 * What `ask` answers. Where the server has too much to do it is asked again after a while, for as long as
 * the answer is wanted; any other refusal is thrown.
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  { wait = sleep, isWanted = (): boolean => true } = {},
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 'too-many' || !isWanted()) throw error;
      await wait(BUSY_WAIT_MS);
      if (!isWanted()) throw error;
    }
  }
}
