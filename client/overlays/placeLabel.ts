/** A rectangle in stage pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface LabelRequest {
  width: number;
  height: number;
  /** What the label belongs to. */
  target: Box;
  /** What it must not cover. */
  occupied: readonly Box[];
  stage: { width: number; height: number };
  /** Where it was before: it stays there as long as that is as good. */
  former?: { left: number; top: number };
}

export interface LabelPlace {
  left: number;
  top: number;
  /** From the label's edge to the target's, where the label does not lie next to it. */
  leader: [number, number, number, number] | undefined;
}

/** Pixels kept free at the stage's edge, and between label and target. */
const EDGE = 6;
const GAP = 7;
/** A label within this distance of its target needs no line. */
const NEAR = 14;
/** Covering one pixel of something is as bad as this many pixels of distance. */
const COVER_COST = 60;
const MOVE_COST = 18;
const RINGS = 9;

/** The nearest place for a label that covers nothing, inside the stage; where there is none, the one that covers least. */
export function placeLabel(request: LabelRequest): LabelPlace {
  const { width, height, target, occupied, former } = request;
  let best: { left: number; top: number; cost: number } | undefined;
  for (const { left, top } of candidates(request)) {
    const box = { left, top, width, height };
    const covered = occupied.reduce((sum, other) => sum + overlap(box, other), 0);
    const moved = former && (former.left !== left || former.top !== top) ? MOVE_COST : 0;
    const cost =
      distance(box, target) + overlap(box, target) * COVER_COST + covered * COVER_COST + moved;
    if (!best || cost < best.cost) best = { left, top, cost };
  }
  const { left, top } = best as { left: number; top: number };
  return { left, top, leader: leaderOf({ left, top, width, height }, target) };
}

/** Places above, below and beside the target, farther and farther out, all within the stage. */
function* candidates({ width, height, target, stage, former }: LabelRequest) {
  const within = (left: number, top: number) => ({
    left: Math.round(Math.max(EDGE, Math.min(left, stage.width - width - EDGE))),
    top: Math.round(Math.max(EDGE, Math.min(top, stage.height - height - EDGE))),
  });
  if (former) yield within(former.left, former.top);
  const middle = target.left + (target.width - width) / 2;
  const right = target.left + target.width;
  const bottom = target.top + target.height;
  const step = Math.max(height * 0.8, target.width * 0.5);
  for (let ring = 0; ring < RINGS; ring++) {
    const out = GAP + ring * step;
    for (const share of [0, -0.5, 0.5, -1, 1]) {
      const left = middle + share * (width + target.width) * 0.5;
      yield within(left, target.top - height - out);
      yield within(left, bottom + out);
    }
    for (const lift of [0, -1, 1, -2, 2]) {
      const top = target.top + (target.height - height) / 2 + lift * step;
      yield within(right + out, top);
      yield within(target.left - width - out, top);
    }
  }
}

/** Area that two boxes share. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Shortest way between two boxes; 0 where they touch. */
function distance(a: Box, b: Box): number {
  const dx = Math.max(0, b.left - a.left - a.width, a.left - b.left - b.width);
  const dy = Math.max(0, b.top - a.top - a.height, a.top - b.top - b.height);
  return Math.hypot(dx, dy);
}

function leaderOf(label: Box, target: Box): LabelPlace['leader'] {
  if (distance(label, target) <= NEAR) return undefined;
  const [x, y] = [target.left + target.width / 2, target.top + target.height / 2];
  const fromX = clamp(x, label.left + 10, label.left + label.width - 10);
  const fromY = clamp(y, label.top, label.top + label.height);
  const toX = clamp(fromX, target.left, target.left + target.width);
  const toY = clamp(fromY, target.top, target.top + target.height);
  return [fromX, fromY, toX, toY];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
