/** A palette for colour-blind readers, too (Okabe and Ito). */
export const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const INK = '#333333';

/** The level's name in tables and pictures. */
export const shortName = (level: string) => level.replace(/^BabyAI-|-v\d+$/g, '');

export interface PlotFrame {
  width: number;
  height: number;
  /** Of the plotted area, in pixels. */
  area: { left: number; right: number; top: number; bottom: number };
  /** Pixels from the top for a share from 0 to 1. */
  y(share: number): number;
  /** The fixed parts: background, lines at every 20 %, axis titles. */
  parts: string[];
}

/** The frame of an SVG picture that shows success in percent, with room for a legend on the right. */
export function plotFrame(
  title: string,
  xTitle: string,
  { width = 640, height = 360, legend = 150 } = {},
): PlotFrame {
  const area = { left: 56, right: width - legend, top: 20, bottom: height - 48 };
  const y = (share: number) => area.top + (area.bottom - area.top) * (1 - share);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
  ];
  for (let tick = 0; tick <= 100; tick += 20) {
    const at = y(tick / 100).toFixed(1);
    parts.push(
      `<line x1="${area.left}" x2="${area.right}" y1="${at}" y2="${at}" stroke="#dddddd"/>`,
      `<text x="${area.left - 8}" y="${at}" dy="4" text-anchor="end" fill="${INK}">${tick}</text>`,
    );
  }
  const middle = (area.left + area.right) / 2;
  parts.push(
    `<text x="${middle}" y="${height - 10}" text-anchor="middle" fill="${INK}">${xTitle}</text>`,
    `<text transform="translate(14 ${(area.top + area.bottom) / 2}) rotate(-90)" text-anchor="middle" fill="${INK}">success, %</text>`,
  );
  return { width, height, area, y, parts };
}

/** A word under the horizontal axis. */
export function xLabel({ area, parts }: PlotFrame, x: number, text: string | number): void {
  parts.push(
    `<text x="${x.toFixed(1)}" y="${area.bottom + 18}" text-anchor="middle" fill="${INK}">${text}</text>`,
  );
}

export function polyline(
  { parts }: PlotFrame,
  points: readonly (readonly [x: number, y: number])[],
  color: string,
): void {
  const text = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  parts.push(`<polyline points="${text}" fill="none" stroke="${color}" stroke-width="2"/>`);
}

/** The line of a legend, counted from the top. */
export function legendLine({ area, parts }: PlotFrame, line: number, text: string, color: string) {
  const y = area.top + 12 + line * 20;
  const x = area.right + 16;
  parts.push(
    `<line x1="${x}" x2="${x + 20}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="2"/>`,
    `<text x="${x + 26}" y="${y}" dy="4" fill="${INK}">${text}</text>`,
  );
}

export const pictureOf = ({ parts }: PlotFrame) => `${[...parts, '</svg>'].join('\n')}\n`;
