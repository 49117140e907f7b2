import type { Stage } from '../../scene/stage.ts';
import { outcomeOf } from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Store } from '../../store/store.ts';
import type { Appearance } from '../../theme/theme.ts';
import type { CompareSide } from './compareSide.ts';

export interface CompareStages {
  /** Makes those that are missing; each host keeps its stage. */
  make(sides: readonly CompareSide[]): void;
  /** Draws an episode as it is after `cursor` steps, and says under it where it is. */
  draw(side: CompareSide, view: EpisodeView | undefined, cursor: number, seed: number): void;
}

/** The pictures of a comparison, each drawn only when what it shows has changed. */
export function createCompareStages(
  store: Store,
  appearance: Appearance,
  makeStage: (host: HTMLElement) => Promise<Stage>,
  onFailure: (error: Error) => void,
): CompareStages {
  const asked = new Set<CompareSide>();
  const stages = new Map<CompareSide, Stage>();
  /** The inputs of each side's last drawing, to skip drawing the same again. */
  const drawn = new Map<CompareSide, unknown[]>();
  return {
    make(sides) {
      for (const side of sides) {
        if (asked.has(side)) continue;
        asked.add(side);
        makeStage(side.host).then((stage) => void stages.set(side, stage), onFailure);
      }
    },
    draw(side, view, cursor, seed) {
      const stage = stages.get(side);
      const reducedMotion = appearance.reducedMotion();
      const at = Math.min(cursor, view?.replay.outcome.steps ?? 0);
      const shown = reducedMotion ? Math.floor(at) : at;
      const { layers } = store.get().view;
      const theme = appearance.theme();
      const inputs = [view, shown, layers, theme, reducedMotion, stage, stage?.size()];
      if (drawn.get(side)?.every((value, i) => Object.is(value, inputs[i]))) return;
      drawn.set(side, inputs);
      stage?.draw({ episode: view, cursor: shown, layers, expert: [], theme, reducedMotion });
      side.showCaption(view ? captionOf(view, shown, seed) : '');
    },
  };
}

function captionOf(view: EpisodeView, cursor: number, seed: number): string {
  const { steps } = view.replay.outcome;
  const where =
    cursor >= steps ? outcomeOf(view).title : `step ${Math.floor(cursor) + 1} of ${steps}`;
  return `“${view.replay.mission}” · seed ${seed} · ${where}`;
}
