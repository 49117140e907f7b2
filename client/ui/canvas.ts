import { onDensity, pixelRatio } from '../theme/zoom.ts';

/** A canvas that is as sharp as the screen: its context is scaled to CSS pixels. */
export interface SharpCanvas {
  readonly element: HTMLCanvasElement;
  /** Clears and returns the context with the size in CSS pixels; undefined while it is not laid out. */
  begin(): { context: CanvasRenderingContext2D; width: number; height: number } | undefined;
}

/** @param redraw called whenever the picture is gone: after a change of size or density, and after a lost context */
export function createSharpCanvas(redraw: () => void): SharpCanvas {
  const element = document.createElement('canvas');
  const context = element.getContext('2d') as CanvasRenderingContext2D;
  new ResizeObserver(redraw).observe(element);
  onDensity(redraw);
  // After long in the background, or where the graphics card starts afresh, the picture is gone.
  element.addEventListener('contextrestored', redraw);
  return {
    element,
    begin() {
      const width = element.clientWidth;
      const height = element.clientHeight;
      if (width === 0 || height === 0) return undefined;
      const ratio = pixelRatio();
      const deviceWidth = Math.round(width * ratio);
      const deviceHeight = Math.round(height * ratio);
      if (element.width !== deviceWidth || element.height !== deviceHeight) {
        element.width = deviceWidth;
        element.height = deviceHeight;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      return { context, width, height };
    },
  };
}
