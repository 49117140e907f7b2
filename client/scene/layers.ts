import { at } from '../../shared/indexing.ts';
import { createCellTint, type TintedCell } from '../overlays/cells.ts';
import { createChoicePetals } from '../overlays/choices.ts';
import { createExpertWay, type ExpertStop } from '../overlays/expert.ts';
import { beliefAt, cellValues, valueRange } from '../selectors/mind.ts';
import { doerAt } from '../selectors/steps.ts';
import { type EpisodeView, objectsOf } from '../selectors/world.ts';
import type { Layers } from '../store/layers.ts';
import type { Theme } from '../theme/theme.ts';
import { UNIT } from './layout.ts';
import type { DrawnPose, Moment } from './motion.ts';

export interface LayersInput {
  episode: EpisodeView;
  moment: Moment;
  /** The step that is shown: at the end the last one. */
  step: number;
  pose: DrawnPose;
  layers: Layers;
  expert: readonly ExpertStop[];
  /** Pixels of a cell. */
  size: number;
  theme: Theme;
}

/** Belief below this is not drawn. */
const LEAST_BELIEF = 0.01;
/** Tints say how a value lies within the episode; a flat one is drawn in the middle. */
const FLAT = 1e-6;

/** The layers that read the policy's mind: belief, values, choice, and the expert for comparison. */
export function createMindLayers() {
  const heat = createCellTint('top');
  const values = createCellTint('bottom');
  const choices = createChoicePetals();
  const expertWay = createExpertWay();
  const heatCells = remembered(beliefCells);
  const valueCells = remembered(tintedValues);
  return {
    /** Below objects, the last uppermost. */
    under: [values.container, heat.container, expertWay.shape, choices.shape],
    draw({ episode, moment, step, pose, layers, expert, size, theme }: LayersInput): void {
      heat.container.visible = layers.heat;
      if (layers.heat) heat.draw(heatCells(episode, step), theme.planner, size, theme);
      values.container.visible = layers.values;
      if (layers.values) values.draw(valueCells(episode, step), theme.heldOut, size, theme);
      expertWay.shape.visible = layers.expert;
      if (layers.expert) expertWay.draw(expert, theme);
      const doer = layers.choices && step >= 0 ? doerAt(episode, step) : undefined;
      const shown = doer?.probabilities !== undefined && moment.frame < episode.frames.length - 1;
      choices.shape.visible = shown;
      if (!shown || !doer?.probabilities) return;
      choices.draw(doer.probabilities, at(episode.replay.actions, step), theme);
      choices.shape.position.set((pose.x + 0.5) * UNIT, (pose.y + 0.5) * UNIT);
      choices.shape.rotation = pose.angle;
    },
  };
}

/** The cells that the Planner thought of at its last replan; several candidates may lie in one cell. */
function beliefCells(episode: EpisodeView, step: number): TintedCell[] {
  const belief = beliefAt(episode, step);
  if (!belief) return [];
  const isFree = freeCells(episode, step);
  return belief.candidates.flatMap(({ place, shares }) => {
    const share = shares.at(-1) ?? 0;
    if (!place || share < LEAST_BELIEF) return [];
    const text = isFree(place.x, place.y) ? `${Math.round(share * 100)} %` : '';
    return [{ ...place, strength: Math.sqrt(share), text }];
  });
}

function tintedValues(episode: EpisodeView, step: number): TintedCell[] {
  const [low, high] = valueRange(episode);
  const isFree = freeCells(episode, step);
  return cellValues(episode, step).map(({ x, y, value }) => ({
    x,
    y,
    strength: high - low > FLAT ? (value - low) / (high - low) : 0.5,
    text: isFree(x, y) ? value.toFixed(2).replace('-', '−') : '',
  }));
}

/** Tells whether a cell has room for a text. */
function freeCells(episode: EpisodeView, step: number): (x: number, y: number) => boolean {
  const frame = Math.max(0, step);
  const taken = new Set(objectsOf(episode, frame).map(({ x, y }) => x * episode.height + y));
  for (const { agentX, agentY } of episode.frames.slice(frame, frame + 2)) {
    taken.add(agentX * episode.height + agentY);
  }
  // Only half of the outermost cells is drawn.
  const inner = (at: number, cells: number) => at > 0 && at < cells - 1;
  return (x, y) =>
    inner(x, episode.width) && inner(y, episode.height) && !taken.has(x * episode.height + y);
}

function remembered<T>(make: (episode: EpisodeView, step: number) => T) {
  let of: { episode: EpisodeView; step: number; made: T } | undefined;
  return (episode: EpisodeView, step: number): T => {
    if (of?.episode !== episode || of.step !== step) {
      of = { episode, step, made: make(episode, step) };
    }
    return of.made;
  };
}
