import type { Container } from 'pixi.js';
import type { EpisodeView } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';
import type { DrawnPose, Moment } from './motion.ts';

export interface PictureInput {
  episode: EpisodeView;
  moment: Moment;
  pose: DrawnPose;
  theme: Theme;
  /** Whether colours are also told by letters. */
  letters: boolean;
}

/** How the worlds of a task are drawn, in units of `UNIT` a cell. What the mind says is drawn between its parts. */
export interface WorldPicture {
  /** Below everything: what never changes in an episode. */
  readonly ground: Container;
  readonly things: Container;
  /** Above everything: the agent, and what it carries. */
  readonly agent: Container;
  draw(input: PictureInput): void;
}
