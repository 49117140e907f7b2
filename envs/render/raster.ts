/** A shape as its signed distance: negative inside, in the units of its own coordinates. */
export type Shape = (x: number, y: number) => number;

/** One coat of paint. */
export interface Coat {
  readonly shape: Shape;
  /** `#rrggbb` */
  readonly color: string;
  /** 0 to 1; by default 1. */
  readonly alpha?: number;
}

export function circle(cx: number, cy: number, radius: number): Shape {
  return (x, y) => Math.hypot(x - cx, y - cy) - radius;
}

/** A rectangle by its corner and size, its corners rounded. */
export function rect(left: number, top: number, width: number, height: number, radius = 0): Shape {
  const [cx, cy] = [left + width / 2, top + height / 2];
  const [hw, hh] = [width / 2 - radius, height / 2 - radius];
  return (x, y) => {
    const dx = Math.abs(x - cx) - hw;
    const dy = Math.abs(y - cy) - hh;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

/** The line around a shape, half of its width inside. */
export function outline(shape: Shape, width: number): Shape {
  return (x, y) => Math.abs(shape(x, y)) - width / 2;
}

/** A shape made larger on all sides. */
export function grown(shape: Shape, by: number): Shape {
  return (x, y) => shape(x, y) - by;
}

export function union(...shapes: Shape[]): Shape {
  return (x, y) => shapes.reduce((least, shape) => Math.min(least, shape(x, y)), Infinity);
}

/** A polygon by its corners, x and y in turn. */
export function polygon(corners: readonly number[]): Shape {
  const count = corners.length / 2;
  return (x, y) => {
    let nearest = Infinity;
    let inside = false;
    for (let i = 0, j = count - 1; i < count; j = i++) {
      const [ax, ay] = [corners[2 * i], corners[2 * i + 1]];
      const [bx, by] = [corners[2 * j], corners[2 * j + 1]];
      const [ex, ey] = [bx - ax, by - ay];
      const along = ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey);
      const t = Math.min(1, Math.max(0, along));
      nearest = Math.min(nearest, Math.hypot(x - ax - t * ex, y - ay - t * ey));
      if (ay > y !== by > y && x < ax + ((y - ay) * ex) / ey) inside = !inside;
    }
    return inside ? -nearest : nearest;
  };
}

/** A shape turned by quarters, clockwise on a screen. */
export function turned(shape: Shape, quarters: number): Shape {
  switch (quarters & 3) {
    case 1:
      return (x, y) => shape(y, -x);
    case 2:
      return (x, y) => shape(-x, -y);
    case 3:
      return (x, y) => shape(-y, x);
    default:
      return shape;
  }
}

/** Red, green and blue of `#rrggbb`. */
export function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A picture in memory: four bytes a pixel, row by row; always opaque. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** height × width × (red, green, blue, 255) */
  readonly pixels: Uint8ClampedArray;

  constructor(width: number, height: number, color: string) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8ClampedArray(width * height * 4);
    this.fill(0, 0, width, height, color);
  }

  /** Fills whole pixels; what lies outside the picture is left out. */
  fill(left: number, top: number, width: number, height: number, color: string, alpha = 1): void {
    const rgb = channels(color);
    const right = Math.min(this.width, left + width);
    const bottom = Math.min(this.height, top + height);
    for (let y = Math.max(0, top); y < bottom; y++)
      for (let x = Math.max(0, left); x < right; x++) this.blend(x, y, rgb, alpha);
  }

  /**
   * Paints coats one over another into the square of `side` pixels at (left, top). Their coordinates
   * go from −unit/2 to unit/2 in it. Edges are smooth: a pixel takes as much paint as it is covered.
   */
  paint(coats: readonly Coat[], left: number, top: number, side: number, unit: number): void {
    const scale = side / unit;
    for (const { shape, color, alpha = 1 } of coats) {
      const rgb = channels(color);
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const distance = shape((x + 0.5) / scale - unit / 2, (y + 0.5) / scale - unit / 2);
          const covered = Math.min(1, Math.max(0, 0.5 - distance * scale));
          if (covered > 0) this.blend(left + x, top + y, rgb, covered * alpha);
        }
    }
  }

  /** Copies all of another picture to (left, top); it has to fit. */
  copy(from: Canvas, left: number, top: number): void {
    const row = from.width * 4;
    for (let y = 0; y < from.height; y++)
      this.pixels.set(
        from.pixels.subarray(y * row, (y + 1) * row),
        ((top + y) * this.width + left) * 4,
      );
  }

  private blend(x: number, y: number, rgb: readonly number[], alpha: number): void {
    const at = (y * this.width + x) * 4;
    for (let c = 0; c < 3; c++)
      this.pixels[at + c] = this.pixels[at + c] * (1 - alpha) + rgb[c] * alpha;
    this.pixels[at + 3] = 255;
  }
}
