import { SUBGOAL_LABELS } from '../../../shared/goals.ts';
import type { Stage } from '../../scene/stage.ts';
import { goalAt } from '../../selectors/goals.ts';
import { cellAt, describePlace, frameAt } from '../../selectors/world.ts';
import type { Store } from '../../store/store.ts';
import { pointIn } from '../../theme/zoom.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';

/** A pointer that moves further than this between press and release drags and does not click. */
const CLICK_PX = 6;

/**
 * Lets cells of the stage be touched: a click gives the Planner a goal there, and the cell under the
 * pointer, or the one that the keyboard points at, is framed and named. `draw` follows the picture.
 */
export function installTouch(
  host: HTMLElement,
  stage: Stage,
  store: Store,
  commands: Pick<Commands, 'touchCell'>,
): { draw(): void } {
  const label = el('span', {});
  const frame = el('div', { class: 'aim', hidden: true, 'aria-hidden': 'true' }, label);
  const spoken = el('p', { class: 'visually-hidden', 'aria-live': 'polite', id: 'aim-text' });
  host.append(frame);
  host.after(spoken);
  let hovered: { x: number; y: number } | undefined;
  let pressed: { x: number; y: number } | undefined;

  const cellUnder = (event: PointerEvent) => {
    const { x, y } = pointIn(host, event);
    return stage.cellAt(x, y);
  };
  host.addEventListener('pointermove', (event) => {
    // A finger covers what it would frame.
    hovered = event.pointerType === 'mouse' ? cellUnder(event) : undefined;
    draw();
  });
  host.addEventListener('pointerleave', () => {
    hovered = undefined;
    draw();
  });
  host.addEventListener('pointerdown', (event) => {
    pressed = { x: event.clientX, y: event.clientY };
  });
  host.addEventListener('pointerup', (event) => {
    const start = pressed;
    pressed = undefined;
    if (!start || event.button !== 0) return;
    if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > CLICK_PX) return;
    const cell = cellUnder(event);
    if (cell) commands.touchCell(cell.x, cell.y);
  });

  function draw(): void {
    const { whatIf, episode, playback } = store.get();
    const cell = whatIf.aim ?? hovered;
    const box = cell && stage.boxOf(cell.x, cell.y);
    frame.hidden = !box || !episode || whatIf.busy;
    if (!box || !cell || !episode) return;
    const { width, height } = episode;
    const at = Math.floor(playback.cursor);
    const there = cellAt(frameAt(episode, at), width, height, cell.x, cell.y);
    const what = describePlace(there, cell.x, cell.y);
    setText(label, `${SUBGOAL_LABELS[whatIf.subgoal]} · ${what}`);
    Object.assign(frame.style, {
      left: `${box.left}px`,
      top: `${box.top}px`,
      width: `${box.width}px`,
      height: `${box.height}px`,
    });
    const goal = goalAt(episode, Math.min(at, episode.replay.outcome.steps - 1));
    const target = goal?.decided ? goal.target : undefined;
    // The goal's own label stands there already, mostly above its target.
    label.hidden = target?.x === cell.x && target.y === cell.y;
    const isUnderGoal =
      target !== undefined && Math.abs(target.x - cell.x) <= 2 && target.y <= cell.y;
    frame.classList.toggle('below', box.top < 40 || isUnderGoal);
    if (whatIf.aim)
      setText(spoken, `Column ${cell.x}, row ${cell.y}: ${what}. Enter gives it to the Planner.`);
  }
  store.watch((state) => state.whatIf, draw);
  return { draw };
}
