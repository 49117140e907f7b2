import { storySeeds } from '../../../envs/render/storySeeds.ts';
import { castOf, playTakes } from '../../../shared/story/takes.ts';
import { tellStory } from '../../../shared/story/tell.ts';
import { STORY_SEEDS, type Story, type StoryFacts } from '../../../shared/story/types.ts';
import { CommandError, type SendCommand } from '../../net/connection.ts';
import { patiently } from '../../net/patience.ts';

export interface TellOptions {
  send: SendCommand;
  runId: string;
  onProgress(done: number, all: number): void;
  isWanted(): boolean;
}

/** Has the server play a run's story, and tells it; undefined where it is no longer wanted. */
export async function storyOf({
  send,
  runId,
  onProgress,
  isWanted,
}: TellOptions): Promise<Story | undefined> {
  const [{ run, metrics, changes }, { checkpoints }, { moments }] = await Promise.all([
    patiently(() => send('run:watch', { runId }), { isWanted }),
    send('checkpoint:list', { runId }),
    send('episode:list', { runId }),
  ]);
  const facts: StoryFacts = { run, points: metrics, changes, checkpoints, moments };
  const { levelId } = run;
  const seeds = storySeeds(levelId, STORY_SEEDS);
  const takes = await playTakes(
    castOf(facts),
    seeds,
    async ({ policy }, seed) => {
      try {
        const ask = () => send('episode:play', { policy, levelId, seed });
        return (await patiently(ask, { isWanted })).replay;
      } catch (error) {
        if (error instanceof CommandError && error.code === 'not-found')
          return 'This checkpoint is no longer kept.';
        throw error;
      }
    },
    { onProgress, isWanted },
  );
  return takes && tellStory(facts, seeds, takes);
}
