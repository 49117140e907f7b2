/** Units of the world container per cell: shapes are drawn this large and scaled down, so curves stay smooth. */
export const UNIT = 200;

/** Cells of the outer wall that are left out on each side: nothing ever happens in it. */
export const OUTER_WALL_CUT = 0.5;

/** How world cells map to CSS pixels of the stage: `pixel = origin + cell × size`. */
export interface Layout {
  size: number;
  originX: number;
  originY: number;
}

/** Fits the world without its cut-off edge into the stage, centred, with cell edges on whole device pixels. */
export function fitWorld(
  worldWidth: number,
  worldHeight: number,
  stageWidth: number,
  stageHeight: number,
  margin: number,
  pixelRatio: number,
): Layout {
  const room = Math.min(
    (stageWidth - 2 * margin) / (worldWidth - 2 * OUTER_WALL_CUT),
    (stageHeight - 2 * margin) / (worldHeight - 2 * OUTER_WALL_CUT),
  );
  const size = Math.max(1, Math.floor(room * pixelRatio) / pixelRatio);
  const snap = (value: number) => Math.round(value * pixelRatio) / pixelRatio;
  return {
    size,
    originX: snap((stageWidth - size * worldWidth) / 2),
    originY: snap((stageHeight - size * worldHeight) / 2),
  };
}

/** World cell under a point of the stage in CSS pixels; undefined outside the world. */
export function cellOf(
  { size, originX, originY }: Layout,
  worldWidth: number,
  worldHeight: number,
  pixelX: number,
  pixelY: number,
): { x: number; y: number } | undefined {
  const x = Math.floor((pixelX - originX) / size);
  const y = Math.floor((pixelY - originY) / size);
  return x >= 0 && y >= 0 && x < worldWidth && y < worldHeight ? { x, y } : undefined;
}
