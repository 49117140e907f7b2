import type { CommandInput } from '../../../shared/protocol.ts';
import type { SendCommand } from '../../net/connection.ts';
import { patiently } from '../../net/patience.ts';
import type { Game } from './tally.ts';

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
  const { send, request, seeds, onGame, wait } = options;
  let stopped = false;
  const play = async () => {
    for (const [index, seed] of seeds.entries()) {
      if (stopped) return;
      try {
        const { replay } = await patiently(() => send('episode:play', { ...request, seed }), {
          wait,
          isWanted: () => !stopped,
        });
        if (!stopped) onGame(index, replay);
      } catch (error) {
        if (!stopped) onGame(index, { failed: (error as Error).message });
        return;
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
