import type { BabyAIEpisode } from '../../../envs/index.ts';
import type { Senses } from '../task.ts';
import { type MarkedGoal, type MarksRecord, Memory } from './memory.ts';
import type { ObservationRows } from './observation.ts';

/** The agent's view and, where the policy has a memory, what it saw before. */
export class BabyAISenses implements Senses {
  private readonly episode: BabyAIEpisode;
  private readonly memory: Memory | undefined;

  constructor(episode: BabyAIEpisode, memory: boolean) {
    this.episode = episode;
    this.memory = memory ? new Memory() : undefined;
  }

  begin(): void {
    this.memory?.begin(this.episode.width, this.episode.height);
  }

  see(): void {
    const { image, pose, steps } = this.episode;
    this.memory?.see(image, 0, pose, steps);
  }

  keep(goal: MarkedGoal): void {
    this.memory?.keep(goal);
  }

  marks(): MarksRecord | undefined {
    return this.memory?.marks();
  }

  restoreMarks(marks: MarksRecord): void {
    this.memory?.restoreMarks(marks);
  }

  write(rows: ObservationRows, at: number, previousAction: number): void {
    const { image, pose, mission } = this.episode;
    const { direction } = pose;
    rows.write(at, { image, offset: 0, direction, previousAction, mission }, this.memory, pose);
  }
}
