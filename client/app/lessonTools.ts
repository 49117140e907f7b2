import type { LessonTools } from '../features/lessons/lessons.ts';
import type { Session } from '../net/session.ts';
import type { EpisodeView } from '../store/frames.ts';
import type { Store } from '../store/store.ts';
import type { Commands } from '../ui/commands.ts';

type World = Parameters<LessonTools['showWorld']>[0];

/** Lets lessons show on the page what they speak of. */
export function createLessonTools(
  store: Store,
  session: Session,
  commands: Pick<Commands, 'chooseVerb' | 'seek' | 'touchCell' | 'showBeside' | 'leaveBranch'>,
  showSeed: (levelId: string, seed: number, step?: number, policy?: string) => void,
): LessonTools {
  const isOn = (episode: EpisodeView | undefined, { levelId, seed, policy }: World) =>
    episode?.origin.kind === 'seed' &&
    episode.replay.levelId === levelId &&
    episode.replay.seed === seed &&
    episode.replay.source.policy === policy;
  /** The goal that is to be given once its world is on the stage. */
  let waiting: { world: World; x: number; y: number } | undefined;

  function showWorld(world: World): void {
    waiting = undefined;
    commands.chooseVerb('watch');
    if (store.get().whatIf.from) commands.leaveBranch();
    showSeed(world.levelId, world.seed, undefined, world.policy);
  }

  store.watch(
    (state) => state.episode,
    (episode) => {
      if (!waiting || !isOn(episode, waiting.world)) return;
      const { x, y } = waiting;
      waiting = undefined;
      commands.seek(0);
      commands.touchCell(x, y);
    },
  );

  return {
    chooseVerb: commands.chooseVerb,
    showWorld,
    tell(world, x, y) {
      showWorld(world);
      waiting = { world, x, y };
    },
    compare(comparison) {
      // Another object each time: asked for again, it plays again.
      store.dispatch({ type: 'view', patch: { comparison: { ...comparison }, scores: undefined } });
      commands.chooseVerb('compare');
    },
    run(recipe, beside) {
      const { runs, runId } = store.get();
      const named = (name: string | undefined) =>
        Object.values(runs)
          .filter((run) => run.name === name)
          .sort((a, b) => b.createdAt - a.createdAt)[0];
      const there = named(recipe.name);
      store.dispatch({ type: 'view', patch: { verb: 'watch', course: 'learning' } });
      session.attempt(async () => {
        if (!there) await session.createFrom(recipe);
        else if (there.id !== runId) await session.watch(there.id);
        const other = named(beside);
        if (other) commands.showBeside(other.id);
      });
    },
  };
}
