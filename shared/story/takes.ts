import type { Replay } from '../replay.ts';
import type { StoryFacts, StoryPlayer, Take } from './types.ts';

/** Who plays in a run's story, in order of steps: what it began with, then every kept checkpoint. */
export function castOf({
  run,
  checkpoints,
}: Pick<StoryFacts, 'run' | 'checkpoints'>): StoryPlayer[] {
  const kept = checkpoints
    // One of before the first update holds what the run began with.
    .filter(({ updates }) => updates > 0)
    .map(({ id, envSteps, evalSuccess }) => ({
      policy: id,
      envSteps,
      ...(evalSuccess !== undefined && { evalSuccess }),
    }))
    .sort((a, b) => a.envSteps - b.envSteps);
  return [{ policy: `${run.id}.start`, envSteps: 0 }, ...kept];
}

/**
 * Has everybody play the story's worlds, one episode at a time.
 * @param play resolves with the episode, or with why these weights play no more
 * @param onProgress called before each episode with how many are done and how many there are
 * @returns in order of steps; undefined where it was stopped
 */
export async function playTakes(
  cast: readonly StoryPlayer[],
  seeds: readonly number[],
  play: (player: StoryPlayer, seed: number) => Promise<Replay | string>,
  { onProgress, isWanted }: { onProgress(done: number, all: number): void; isWanted(): boolean },
): Promise<Take[] | undefined> {
  const takes: Take[] = [];
  for (const [number, player] of cast.entries()) {
    const replays: Replay[] = [];
    let gone: string | undefined;
    for (const [i, seed] of seeds.entries()) {
      if (!isWanted()) return undefined;
      onProgress(number * seeds.length + i, cast.length * seeds.length);
      const played = await play(player, seed);
      if (typeof played === 'string') {
        gone = played;
        break;
      }
      replays.push(played);
    }
    takes.push(gone === undefined ? { ...player, replays } : { ...player, replays: [], gone });
  }
  return isWanted() ? takes : undefined;
}
