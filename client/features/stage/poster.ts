import { currentStep } from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { taskOf } from '../../tasks/index.ts';
import { el } from '../../ui/dom.ts';

/**
 * The world as a plain picture that moves step by step: there before the drawing library is, and all
 * there is where a browser offers it nothing to draw on. Returns how to take it away.
 */
export function showPoster(host: HTMLElement, store: Store): () => void {
  const image = el('img', { class: 'poster', alt: '' });
  host.append(image);
  const stop = store.watch(
    (state) => `${state.episode?.replay.id} ${currentFrame(state)}`,
    (_, state) => {
      const { episode } = state;
      image.hidden = !episode;
      if (episode) image.src = pictureOf(episode, currentFrame(state));
    },
  );
  return () => {
    stop();
    image.remove();
  };
}

function currentFrame(state: State): number {
  return Math.max(0, currentStep(state));
}

/** A frame of an episode as the address of an SVG picture; with the way that the agent came, where it is asked for. */
export function pictureOf(episode: EpisodeView, at: number, withTrail = false): string {
  const { frames, replay } = episode;
  if (!frames[at]) throw new RangeError(`frame is ${at}; accepted: 0 to ${frames.length - 1}`);
  const svg = taskOf(replay.levelId).draw(episode, at, withTrail);
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
