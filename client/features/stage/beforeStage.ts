import { explain } from '../../../shared/glossary.ts';
import type { Stage } from '../../scene/stage.ts';
import { isOfThePast, secondOf } from '../../selectors/when.ts';
import { layersWhere } from '../../store/layers.ts';
import type { Before } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatCount, formatSeconds } from '../../theme/format.ts';
import type { Theme } from '../../theme/theme.ts';
import { el, setText } from '../../ui/dom.ts';

/** Layers of the left picture: only where it goes matters, not what it thinks. */
const LAYERS = layersWhere((id) => id === 'fog' || id === 'trail' || id === 'view');

export interface BeforeStage {
  /** Draws the episode from before learning at the same time as the one on the stage. */
  draw(cursor: number, theme: Theme, reducedMotion: boolean): void;
}

/**
 * The left picture: the world on the stage as the run's first weights play it, dimmed, with what
 * became of it. It is made when there is something to show for the first time.
 */
export function createBeforeStage(
  figure: HTMLElement,
  plates: { before: HTMLElement; now: HTMLElement },
  stages: HTMLElement,
  store: Store,
  makeStage: (host: HTMLElement) => Promise<Stage>,
): BeforeStage {
  const picture = el('div', { class: 'picture', 'aria-hidden': 'true' });
  const fate = el('p', { class: 'fate', tip: explain('outcome') });
  figure.append(picture, fate);
  let stage: Stage | undefined;
  let isMaking = false;
  let drawn: unknown[] = [];

  async function make(): Promise<void> {
    if (stage || isMaking) return;
    isMaking = true;
    try {
      stage = await makeStage(picture);
    } catch {
      // The stage itself says that this browser cannot draw; one notice is enough.
    }
  }

  store.watch(
    (state) => state.before,
    (before) => {
      const isShown = before !== undefined && before.status !== 'none';
      figure.hidden = plates.before.hidden = plates.now.hidden = !isShown;
      stages.dataset.before = before?.status ?? 'none';
      if (isShown) void make();
      const [title, words] = before?.title
        ? [before.title, '']
        : ['Before learning', ' in the same world'];
      plates.before.replaceChildren(el('b', { text: title }), words);
    },
  );
  store.watch(
    (state) => {
      const steps = state.episode?.replay.source.envSteps ?? 0;
      const isPast = isOfThePast(state);
      const kind = state.episode?.origin.kind;
      if (kind === 'person') return 'You|';
      if (kind === 'whatif') return `What if|played by ${state.whatIf.weights}`;
      if (state.view.course === 'story' && kind === 'seed')
        return `Then|after ${formatCount(steps)} steps of learning`;
      return `${isPast ? `At ${formatSeconds(secondOf(state))}` : 'Now'}|after ${formatCount(steps)} steps of learning`;
    },
    (text) => {
      const [when = '', after = ''] = text.split('|');
      const learnt = el('span', { text: ` ${after}`, tip: explain('episodeSource') });
      plates.now.replaceChildren(el('b', { text: when }), learnt);
    },
  );

  return {
    draw(cursor, theme, reducedMotion) {
      const { before } = store.get();
      const view = before?.view;
      const at = Math.min(cursor, view?.replay.outcome.steps ?? 0);
      const own = reducedMotion ? Math.floor(at) : at;
      const inputs = [before, own, theme, reducedMotion, stage, stage?.size()];
      if (inputs.every((value, i) => Object.is(value, drawn[i]))) return;
      drawn = inputs;
      stage?.draw({ episode: view, cursor: own, layers: LAYERS, expert: [], theme, reducedMotion });
      const { text, tone } = fateOf(before, own);
      setText(fate, text);
      fate.dataset.tone = tone;
    },
  };
}

function fateOf(before: Before | undefined, cursor: number): { text: string; tone: string } {
  if (before?.status === 'coming' && before.title)
    return { text: 'It plays this world…', tone: '' };
  if (before?.status === 'coming') return { text: 'Its first weights play this world…', tone: '' };
  const outcome = before?.view?.replay.outcome;
  if (!outcome) return { text: '', tone: '' };
  const { steps, success } = outcome;
  if (success && cursor >= steps) return { text: `Done in ${steps} steps`, tone: 'good' };
  if (success) return { text: `Will take ${steps} steps`, tone: '' };
  return { text: `Never gets there in ${steps} steps`, tone: 'bad' };
}
