import { Bot } from '../../envs/bot/index.ts';
import type { Replay } from '../../shared/replay.ts';
import { beginEpisode } from './localEpisode.ts';

/**
 * An episode played by the scripted expert, for the time until a run has one of its own.
 * Throws where the level is unknown. Where the expert gets stuck the episode is cut there.
 */
export function demonstrate(levelId: string, seed: number): Replay {
  const id = `expert.${levelId}.${seed}`;
  const episode = beginEpisode({ levelId, seed, id, kind: 'bot', policy: 'expert' });
  const bot = new Bot(episode.env);
  while (!episode.over) {
    const decision = bot.next();
    if ('stuck' in decision) break;
    episode.act(decision.action);
  }
  return episode.replay();
}
