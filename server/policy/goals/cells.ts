import {
  GOAL_CELLS,
  GOAL_REACH,
  GOAL_SPAN,
  goalRows,
  NUM_SUBGOALS,
} from '../../tasks/babyai/features.ts';
import { Specs } from '../blocks.ts';
import type { GoalHead } from './goalHead.ts';

/** A subgoal, and a target cell around the agent or none; read from the Planner's state alone. */
export const cells: GoalHead = {
  choices: [
    { part: 'subgoal', from: 0, classes: NUM_SUBGOALS },
    { part: 'cell', from: NUM_SUBGOALS, classes: GOAL_CELLS + 1 },
  ],
  outputs: NUM_SUBGOALS + GOAL_CELLS + 1,
  parameters(config) {
    return new Specs('goal', config).head(
      'goal',
      config.latents * config.width,
      this.outputs,
      0.02,
    );
  },
  logits: (blocks, w, zH) => blocks.head(w, 'goal', zH),
  write({ subgoal, cell }, out, at) {
    const right = (cell % GOAL_SPAN) - GOAL_REACH;
    const forward = Math.floor(cell / GOAL_SPAN) - GOAL_REACH;
    goalRows(subgoal, cell < GOAL_CELLS, right, forward, out, at);
  },
};
