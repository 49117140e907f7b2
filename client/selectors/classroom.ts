import type { State } from '../store/state.ts';

/** Whether this page controls the class that it is in. */
export const isHolder = ({ classroom }: State): boolean =>
  classroom !== undefined && classroom.state.holder === classroom.you;

/** Whether what this page asks of a run would be refused, since somebody else controls the class. */
export const isFollower = (state: State): boolean =>
  state.classroom !== undefined && !isHolder(state);
