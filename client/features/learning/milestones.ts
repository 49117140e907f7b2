import { MILESTONES, type Moment } from '../../../shared/moments.ts';
import { formatSeconds } from '../../theme/format.ts';
import { el } from '../../ui/dom.ts';

/** Width of a picture with and without the words beside it, and the room between two, in pixels. */
export const FULL = 150;
export const BARE = 38;
const GAP = 6;

export interface PlacedMilestone {
  moment: Moment;
  /** Left edge and width in pixels. */
  left: number;
  width: number;
}

/**
 * Where the pictures of the turning points stand below their places on the curve: in order, none over another,
 * and all within the plot. Words go where there is no room for them.
 * @param places x of each in pixels, ascending
 * @param from left edge of the plot
 * @param to right edge of the plot
 */
export function placeMilestones(
  places: readonly { moment: Moment; x: number }[],
  from: number,
  to: number,
): PlacedMilestone[] {
  const room = to - from;
  const width = places.length * (FULL + GAP) - GAP <= room ? FULL : BARE;
  const fits = Math.max(0, Math.floor((room + GAP) / (width + GAP)));
  const placed: PlacedMilestone[] = [];
  let edge = from;
  for (const { moment, x } of places.slice(-fits)) {
    const left = Math.max(edge, x - BARE / 2);
    placed.push({ moment, left, width });
    edge = left + width + GAP;
  }
  // Pictures that would overflow on the right push the others left.
  let limit = to;
  for (const one of placed.toReversed()) {
    one.left = Math.min(one.left, limit - one.width);
    limit = one.left - GAP;
  }
  return placed;
}

export interface MilestonesView {
  readonly element: HTMLElement;
  draw(placed: readonly PlacedMilestone[], secondOf: (moment: Moment) => number): void;
}

export interface MilestoneCommands {
  showEpisode(id: string): void;
  /** A small picture of an episode's end; undefined where it is no longer kept. */
  pictureOf(id: string): Promise<string | undefined>;
}

/** Pictures of a run's turning points, each a button that shows the episode. */
export function createMilestones(commands: MilestoneCommands): MilestonesView {
  const element = el('div', { class: 'milestones', role: 'group', 'aria-label': 'Turning points' });
  const buttons = new Map<string, HTMLElement>();

  function make({ id, milestone, mission }: Moment): HTMLElement {
    const { label, help } = MILESTONES[milestone ?? 'firstSuccess'];
    const picture = el('img', { class: 'milestone-picture', alt: '', width: 34, height: 34 });
    commands.pictureOf(id).then(
      (source) => {
        if (source) picture.src = source;
      },
      // The words and the button are there without it.
      () => undefined,
    );
    return el(
      'button',
      {
        type: 'button',
        class: 'milestone',
        'data-milestone': milestone,
        tip: `${label}: “${mission}”. ${help} Click to see it.`,
        on: { click: () => commands.showEpisode(id) },
      },
      picture,
      el(
        'span',
        { class: 'milestone-words' },
        el('b', { class: 'milestone-name', text: label }),
        el('small', { class: 'milestone-time' }),
      ),
    );
  }

  return {
    element,
    draw(placed, secondOf) {
      const wanted = new Set(placed.map(({ moment }) => moment.id));
      for (const [id, button] of buttons) {
        if (wanted.has(id)) continue;
        button.remove();
        buttons.delete(id);
      }
      for (const { moment, left, width } of placed) {
        let button = buttons.get(moment.id);
        if (!button) {
          button = make(moment);
          buttons.set(moment.id, button);
          element.append(button);
        }
        button.style.left = `${Math.round(left)}px`;
        button.style.width = `${width}px`;
        // The words are the button's name, so they stay where there is no room to show them.
        button
          .querySelector('.milestone-words')
          ?.classList.toggle('visually-hidden', width === BARE);
        const at = button.querySelector('small');
        if (at) at.textContent = `at ${formatSeconds(secondOf(moment))}`;
      }
    },
  };
}
