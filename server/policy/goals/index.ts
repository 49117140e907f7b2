import type { PolicyConfig } from '../presets.ts';
import { cells } from './cells.ts';
import type { GoalHead } from './goalHead.ts';

/** The goal head of a policy. A second one is a file here and a word in `PolicyConfig` that this chooses by. */
export function goalHeadOf(_config: PolicyConfig): GoalHead {
  return cells;
}
