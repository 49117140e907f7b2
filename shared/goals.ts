/** What the Planner can intend: the bot's subgoal classes, with exploring told apart from going. */
export const SUBGOALS = ['explore', 'goNextTo', 'pickup', 'drop', 'open', 'close', 'done'] as const;
export type Subgoal = (typeof SUBGOALS)[number];
export const SUBGOAL_LABELS: Record<Subgoal, string> = {
  explore: 'explore',
  goNextTo: 'go next to',
  pickup: 'pick up',
  drop: 'drop',
  open: 'open',
  close: 'close',
  done: 'finished',
};
