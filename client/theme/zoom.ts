/**
 * On 4K screens the style sheet enlarges the whole page (`zoom` in layout.css). Pointers, rectangles and the
 * window are then measured in screen pixels, but style lengths, client sizes and canvas
 * coordinates in the page's own, larger pixels. This is the ratio of the two.
 */
export function pageZoom(): number {
  return document.documentElement.currentCSSZoom ?? 1;
}

/** Device pixels to each of the page's own: what a canvas needs to be sharp. */
export function pixelRatio(): number {
  return devicePixelRatio * pageZoom();
}

/** Calls back whenever the screen's density changes: the window is on another screen, or the browser zooms. */
export function onDensity(changed: () => void): void {
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
    'change',
    () => {
      onDensity(changed);
      changed();
    },
    { once: true },
  );
}

/** Where a pointer is in an element, in the page's own pixels from its upper left corner. */
export function pointIn(
  element: Element,
  event: Pick<MouseEvent, 'clientX' | 'clientY'>,
): { x: number; y: number } {
  const { left, top } = element.getBoundingClientRect();
  const zoom = pageZoom();
  return { x: (event.clientX - left) / zoom, y: (event.clientY - top) / zoom };
}
