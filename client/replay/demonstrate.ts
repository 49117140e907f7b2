import type { Replay } from '../../shared/replay.ts';
import { beginEpisode } from './localEpisode.ts';

/**
 * An episode played by the scripted expert, for the time until a run has one of its own.
 * Throws where the level is unknown. Where the expert gets stuck the episode is cut there.
 */
export function demonstrate(levelId: string, seed: number): Replay {
  const id = `expert.${levelId}.${seed}`;
  const episode = beginEpisode({ levelId, seed, id, kind: 'bot', policy: 'expert' });
  const next = episode.expert();
  while (!episode.over) {
    const action = next();
    if (action === undefined) break;
    episode.act(action);
  }
  return episode.replay();
}
