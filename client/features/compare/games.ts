import type { CommandInput } from '../../../shared/protocol.ts';
import { CommandError, type SendCommand } from '../../net/connection.ts';
import type { Game } from './tally.ts';

const BUSY_WAIT_MS = 600;

export interface GamesOptions {
  send: SendCommand;
  request: Omit<CommandInput<'episode:play'>, 'seed'>;
  seeds: readonly number[];
  onGame(index: number, game: Game): void;
  /** Resolves after `ms` milliseconds. */
  wait?: (ms: number) => Promise<void>;
}

/**
 * Has a policy play world after world, one at a time, so that two who do this take turns. Where the
 * server is busy it waits and asks again; the first world that cannot be played ends it.
 */
export function playGames(options: GamesOptions): { stop(): void; done: Promise<void> } {
  const { send, request, seeds, onGame } = options;
  const wait = options.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  let stopped = false;
  const play = async () => {
    for (const [index, seed] of seeds.entries()) {
      for (;;) {
        if (stopped) return;
        try {
          const { replay } = await send('episode:play', { ...request, seed });
          if (!stopped) onGame(index, replay);
          break;
        } catch (error) {
          if (error instanceof CommandError && error.code === 'too-many') {
            await wait(BUSY_WAIT_MS);
            continue;
          }
          if (!stopped) onGame(index, { failed: (error as Error).message });
          return;
        }
      }
    }
  };
  return {
    stop() {
      stopped = true;
    },
    done: play(),
  };
}
