import type { EnvState } from '../../envs/index.ts';
import type { Pose } from '../policy/goalFrame.ts';
import { type Observation, ObservationRows } from '../policy/inputs.ts';
import { Memory } from '../policy/memory.ts';
import type { PolicyConfig } from '../policy/presets.ts';

/** What the agents of many worlds see and, where the policy has a memory, what they saw before. */
export class Observer {
  /** The newest observation of each world. */
  readonly rows: ObservationRows;
  private readonly memories: (Memory | undefined)[];

  constructor(worlds: number, config: PolicyConfig) {
    this.rows = new ObservationRows(worlds);
    this.memories = Array.from({ length: worlds }, () =>
      config.memory ? new Memory() : undefined,
    );
  }

  /** A new episode has begun in one world. */
  begin(world: number, { width, height }: EnvState): void {
    this.memories[world]?.begin(width, height);
  }

  /** Takes in the present observation of one world; `step` counts from the episode's start. */
  look(world: number, observation: Observation, pose: Pose, step: number): void {
    const memory = this.memories[world];
    memory?.see(observation.image, observation.offset, pose, step);
    this.rows.write(world, observation, memory, pose);
  }
}
