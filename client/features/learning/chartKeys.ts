/** What can be asked of a chart, by pointer or by keyboard. */
export interface ChartEvents {
  /** The x that is pointed at; undefined when the chart is left. */
  onHover(x: number | undefined): void;
  /** An x that was chosen. */
  onPick(x: number): void;
}

/** Of the axis, for each press of an arrow; Shift makes larger steps. */
const STEP = 1 / 50;
const LARGE = 1 / 10;

/**
 * Reads a chart by keyboard as a pointer does: arrows move along it, Home and End go to its ends, Enter chooses what
 * is there, Escape leaves it.
 * @param at the chart's axis, and what is pointed at
 */
export function installChartKeys(
  element: HTMLElement,
  at: () => { x: [number, number]; hover: number | undefined } | undefined,
  { onHover, onPick }: ChartEvents,
): void {
  element.addEventListener('keydown', (event) => {
    const chart = at();
    if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = chart.x;
    // Nothing is pointed at yet: start at the newest point.
    const here = chart.hover ?? to;
    const step = (event.shiftKey ? LARGE : STEP) * (to - from);
    const targets: Record<string, number> = {
      ArrowLeft: here - step,
      ArrowRight: here + step,
      Home: from,
      End: to,
    };
    const target = targets[event.key];
    if (target !== undefined) onHover(Math.min(to, Math.max(from, target)));
    else if (chart.hover === undefined) return;
    else if (event.key === 'Enter') onPick(here);
    else if (event.key === 'Escape') onHover(undefined);
    else return;
    // Elsewhere on the page these keys move through the episode, or close a dialog.
    event.preventDefault();
  });
  element.addEventListener('blur', () => onHover(undefined));
}
