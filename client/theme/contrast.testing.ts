/** Red, green and blue from 0 to 255 of six hexadecimal digits. */
export const rgbOf = (hex: string) =>
  [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/** As WCAG 2.2 defines relative luminance and the ratio of two. */
function luminance(rgb: number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
/** From 1 (the same) to 21 (black and white). */
export function contrast(a: number[], b: number[]): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

interface Picture {
  width: number;
  height: number;
  /** Red, green, blue and opacity of each pixel. */
  data: Uint8ClampedArray;
}

/** Pixels this near to a colour, in each part, are taken for drawn in it. */
const NEAR = 10;
/** An edge is smoothed over a pixel or two, and a casing follows. */
const BESIDE = 3;

/** For each pixel at the edge of what is drawn in a colour: its highest contrast to a pixel beside it. */
export function edgeContrasts({ width, height, data }: Picture, hex: string): number[] {
  const wanted = rgbOf(hex.replace('#', ''));
  const pixel = (x: number, y: number) =>
    Array.from(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3));
  const isDrawn = (x: number, y: number) =>
    pixel(x, y).every((part, i) => Math.abs(part - (wanted[i] ?? 0)) <= NEAR);
  const edges: number[] = [];
  for (let y = BESIDE; y < height - BESIDE; y++)
    for (let x = BESIDE; x < width - BESIDE; x++) {
      if (!isDrawn(x, y)) continue;
      const isInside =
        isDrawn(x - 1, y) && isDrawn(x + 1, y) && isDrawn(x, y - 1) && isDrawn(x, y + 1);
      if (isInside) continue;
      let highest = 1;
      for (let dy = -BESIDE; dy <= BESIDE; dy++)
        for (let dx = -BESIDE; dx <= BESIDE; dx++)
          highest = Math.max(highest, contrast(pixel(x, y), pixel(x + dx, y + dy)));
      edges.push(highest);
    }
  return edges;
}
