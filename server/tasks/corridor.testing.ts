import { Action } from '../../shared/constants.ts';
import {
  CORRIDOR,
  CorridorEpisode,
  LENGTH,
  MAX_STEPS,
  missionOf,
} from '../../shared/corridor.testing.ts';
import { SUBGOALS } from '../../shared/goals.ts';
import { STATE_FEATURES } from './babyai/features.ts';
import type { ObservationRows } from './babyai/observation.ts';
import type { Expert, Senses, Task } from './task.ts';

class CorridorSenses implements Senses {
  private readonly episode: CorridorEpisode;
  constructor(episode: CorridorEpisode) {
    this.episode = episode;
  }
  begin(): void {}
  see(): void {}
  write(rows: ObservationRows, at: number): void {
    rows.state.fill(-1, at * STATE_FEATURES, (at + 1) * STATE_FEATURES);
    rows.state[at * STATE_FEATURES] = this.episode.place;
    rows.counts[at] = 0;
    rows.missions[at] = this.episode.mission;
  }
}

class CorridorExpert implements Expert {
  action = -1;
  readonly subgoal = SUBGOALS.indexOf('goNextTo');
  x = -1;
  readonly y = 0;
  private readonly episode: CorridorEpisode;
  constructor(episode: CorridorEpisode) {
    this.episode = episode;
  }
  begin(): void {}
  ask(): void {
    this.action = this.episode.side < 0 ? Action.left : Action.right;
    this.x = this.episode.side < 0 ? 0 : LENGTH - 1;
  }
  approves({ x }: { x: number }): boolean {
    return x === this.x;
  }
}

export const task: Task = {
  owns: (levelId) => levelId === CORRIDOR,
  levels: () => [
    {
      id: CORRIDOR,
      title: 'Corridor',
      description: 'Two doors, one at each end.',
      skill: 'Walking',
      world: 'Corridor',
      example: missionOf(0),
      maxSteps: MAX_STEPS,
      width: LENGTH,
      height: 1,
      difficulty: null,
    },
  ],
  names: {
    short: (levelId) => levelId,
    full: () => undefined,
    closest: () => [CORRIDOR],
    begins: /Corridor-/,
  },
  init: 'scratch',
  firstRun: { levelId: CORRIDOR, init: 'scratch', name: 'There and back' },
  createWorld(levelId, options = {}) {
    if (levelId !== CORRIDOR) throw new Error(`level is "${levelId}"; accepted: ${CORRIDOR}`);
    const episode = new CorridorEpisode();
    if (options.rewards) episode.setRewards(options.rewards);
    return {
      episode,
      senses: new CorridorSenses(episode),
      expert: new CorridorExpert(episode),
    };
  },
  verify(replay) {
    const episode = new CorridorEpisode();
    episode.begin(replay.seed);
    for (const action of replay.actions) episode.step(action);
    const again = episode.document(replay.id, replay.source);
    const steps = again.hashes.findIndex((hash, i) => hash !== replay.hashes[i]);
    return steps < 0
      ? { ok: true, steps: replay.actions.length }
      : { ok: false, steps, difference: `the state after step ${steps} is another one` };
  },
  draw: () => '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 1"/>',
};
