import { MAX_REPLAY_STEPS, type Replay } from '../../shared/replay.ts';
import { taskOf } from '../tasks/index.ts';

/** An episode that is played in this page, action by action: by a person or by the scripted expert. */
export interface LocalEpisode {
  /** True when the mission is done or failed, or the steps are used up. */
  readonly over: boolean;
  /** One step (an index into ACTION_NAMES); nothing once it is over. */
  act(action: number): void;
  /** The expert looks on from here; see `PageWorld.expert`. */
  expert(): () => number | undefined;
  /** The episode so far, as a document like any other. */
  replay(): Replay;
}

export interface LocalEpisodeOptions {
  levelId: string;
  seed: number;
  /** Of the replay. */
  id: string;
  kind: 'bot' | 'person';
  policy: string;
}

/** Begins an episode on a level. Throws where the level is unknown. */
export function beginEpisode({
  levelId,
  seed,
  id,
  kind,
  policy,
}: LocalEpisodeOptions): LocalEpisode {
  const world = taskOf(levelId).createWorld(levelId, seed, true);
  return {
    get over() {
      return world.over || world.steps >= MAX_REPLAY_STEPS;
    },
    act(action) {
      if (!this.over) world.step(action);
    },
    expert: () => world.expert(),
    replay: () => world.document(id, { kind, runId: '', policy, envSteps: 0 }),
  };
}

/** An episode for a person to play, the first steps as given. Throws where the level is unknown. */
export function playByHand(
  levelId: string,
  seed: number,
  actions: readonly number[] = [],
): LocalEpisode {
  const id = `person.${seed}.${Date.now()}`;
  const episode = beginEpisode({ levelId, seed, id, kind: 'person', policy: '' });
  for (const action of actions) episode.act(action);
  return episode;
}
