import { SCRIPTED_POLICIES } from '../../../shared/play.ts';
import type { Session } from '../../net/session.ts';
import type { Player } from '../../replay/player.ts';
import { atEnd } from '../../selectors/steps.ts';
import type { Store } from '../../store/store.ts';
import type { MissionCommands } from './missionCommands.ts';

/** How long the end of an episode on a kept seed is shown before it is played again. */
const PAUSE_MS = 1500;
const [EXPERT] = SCRIPTED_POLICIES;

/** Missions by hand, and episodes on seeds that were asked for. */
export function createMissionCommands(
  store: Store,
  session: Session,
  player: Player,
): MissionCommands & {
  showSeed(levelId: string, seed: number, step?: number, policy?: string): void;
} {
  const { send, attempt, notify } = session;
  let asked = 0;

  /** The watched run plays; where it has nothing to play with yet, the expert does. */
  async function play(levelId: string, seed: number, asked: string | undefined) {
    const { runId } = store.get();
    try {
      return await send('episode:play', { policy: asked ?? runId ?? 'default', levelId, seed });
    } catch (error) {
      if ((error as { code?: string }).code !== 'not-found') throw error;
      notify('info', 'The run has no saved policy yet, so the scripted expert plays.');
      return send('episode:play', { policy: EXPERT, levelId, seed });
    }
  }

  function showSeed(levelId: string, seed: number, step?: number, policy?: string) {
    const turn = ++asked;
    store.dispatch({ type: 'fetching', world: { levelId, seed } });
    attempt(async () => {
      try {
        const { replay } = await play(levelId, seed, policy);
        if (turn !== asked) return;
        player.open(replay, { kind: 'seed' }, step);
        if (step !== undefined) player.hold();
      } finally {
        if (turn === asked) store.dispatch({ type: 'fetching', world: undefined });
      }
    });
  }

  store.watch(
    (state) => state.view.keepSeed && state.episode?.origin.kind === 'seed' && atEnd(state),
    (over) => {
      if (!over) return;
      const ended = store.get().episode;
      setTimeout(() => {
        const { episode, view } = store.get();
        if (!view.keepSeed || !episode || episode !== ended) return;
        showSeed(episode.replay.levelId, episode.replay.seed);
      }, PAUSE_MS);
    },
  );

  return {
    completeMission: async (prefix) => (await send('mission:complete', { prefix })).completions,
    checkMission: (draft, allowImpossible) => send('mission:check', { ...draft, allowImpossible }),
    trainOn(levelId, allowImpossible) {
      store.dispatch({ type: 'view', patch: { verb: 'watch' } });
      attempt(() => session.createRun(levelId, allowImpossible));
    },
    learnBy: (learnBy) => store.dispatch({ type: 'view', patch: { learnBy } }),
    startFrom: (startFrom) => store.dispatch({ type: 'view', patch: { startFrom } }),
    playLevel: (levelId, seed) => player.playLevel(levelId, seed),
    showSeed,
    keepSeed(on) {
      store.dispatch({ type: 'view', patch: { keepSeed: on } });
      const { episode, runId, runs } = store.get();
      if (!on || !episode || episode.origin.kind === 'seed') return;
      const levelId = episode.replay.levelId ?? runs[runId ?? '']?.levelId;
      showSeed(levelId, episode.replay.seed);
    },
  };
}
