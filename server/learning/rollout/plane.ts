import { Random } from '../../policy/random.ts';

/** A plane in the space of carries: `point = axes · (carry − mean)`. */
export interface Plane {
  mean: Float32Array;
  /** [2, width], orthonormal. */
  axes: Float32Array;
  /** Share of the carries' variance that lies in the plane, 0 to 1. */
  share: number;
}

/** Planes of the Planner's and of the Doer's state. */
export interface Planes {
  h: Plane;
  l: Plane;
}

/** Carries of shown steps, [n, width] each, of the Planner and of the Doer. */
export interface ShownCarries {
  h: Float32Array;
  l: Float32Array;
}

/** The plane is fitted to this many of the newest carries. */
const CAPACITY = 384;
/** With fewer, the directions in which carries differ are noise. */
const FEWEST = 48;
const FIRST_SWEEPS = 12;
const SWEEPS = 3;

/**
 * The first two principal components of the newest carries (orthogonal iteration on the samples, no
 * covariance matrix). Each fit starts from the one before and is turned to lie as near to it as possible, so
 * that pictures of successive updates can be compared. Deterministic.
 */
export class PlaneFit {
  private readonly width: number;
  private readonly samples: Float32Array;
  private filled = 0;
  private next = 0;
  private plane: Plane | undefined;

  /** @param width numbers in one carry */
  constructor(width: number) {
    this.width = width;
    this.samples = new Float32Array(CAPACITY * width);
  }

  /** Adds carries, one after the other; the oldest go. */
  add(rows: Float32Array): void {
    const { width, samples } = this;
    for (let at = 0; at + width <= rows.length; at += width) {
      samples.set(rows.subarray(at, at + width), this.next * width);
      this.next = (this.next + 1) % CAPACITY;
      this.filled = Math.min(CAPACITY, this.filled + 1);
    }
  }

  /** The plane of the carries so far; undefined before there are enough. */
  fit(): Plane | undefined {
    if (this.filled < FEWEST) return undefined;
    const { width, filled } = this;
    const mean = new Float32Array(width);
    for (let i = 0; i < filled; i++) {
      for (let d = 0; d < width; d++) mean[d] += this.samples[i * width + d] / filled;
    }
    const former = this.plane?.axes;
    let axes = former?.slice() ?? startAxes(width);
    const sweeps = former ? SWEEPS : FIRST_SWEEPS;
    for (let sweep = 0; sweep < sweeps; sweep++) axes = orthonormal(this.spread(axes, mean), width);
    const scores = this.scores(axes, mean);
    axes = former ? turnedTowards(former, axes, width) : principal(axes, scores, width);
    this.plane = { mean, axes, share: this.shareOf(scores, mean) };
    return this.plane;
  }

  /** Coordinates of all samples on both axes, [filled, 2]. */
  private scores(axes: Float32Array, mean: Float32Array): Float64Array {
    const { width, filled, samples } = this;
    const scores = new Float64Array(filled * 2);
    for (let i = 0; i < filled; i++) {
      let [a, b] = [0, 0];
      for (let d = 0; d < width; d++) {
        const value = samples[i * width + d] - mean[d];
        a += value * axes[d];
        b += value * axes[width + d];
      }
      scores[i * 2] = a;
      scores[i * 2 + 1] = b;
    }
    return scores;
  }

  /** Covariance times axes, up to a factor. */
  private spread(axes: Float32Array, mean: Float32Array): Float32Array {
    const { width, filled, samples } = this;
    const scores = this.scores(axes, mean);
    const result = new Float32Array(2 * width);
    for (let i = 0; i < filled; i++) {
      const [a, b] = [scores[i * 2] / filled, scores[i * 2 + 1] / filled];
      for (let d = 0; d < width; d++) {
        const value = samples[i * width + d] - mean[d];
        result[d] += a * value;
        result[width + d] += b * value;
      }
    }
    return result;
  }

  private shareOf(scores: Float64Array, mean: Float32Array): number {
    const { width, filled, samples } = this;
    let all = 0;
    for (let i = 0; i < filled; i++) {
      for (let d = 0; d < width; d++) all += (samples[i * width + d] - mean[d]) ** 2;
    }
    const held = scores.reduce((sum, score) => sum + score * score, 0);
    return all > 0 ? Math.min(1, held / all) : 0;
  }
}

/** The plane is fitted again after each of the first rollouts, then after every FIT_EVERY. */
const FITS_AT_ONCE = 4;
const FIT_EVERY = 8;

/** One pair of planes for all workers of a run, fitted to the carries of shown episodes. */
export class PlanesOfRun {
  /** Undefined until there are enough carries. */
  newest: Planes | undefined;
  private readonly h: PlaneFit;
  private readonly l: PlaneFit;
  private rollouts = 0;

  constructor(width: number) {
    this.h = new PlaneFit(width);
    this.l = new PlaneFit(width);
  }

  /** Adds the carries of one rollout, one entry per worker that has some. */
  add(carries: readonly ShownCarries[]): void {
    if (carries.length === 0) return;
    for (const { h, l } of carries) {
      this.h.add(h);
      this.l.add(l);
    }
    if (++this.rollouts > FITS_AT_ONCE && this.rollouts % FIT_EVERY > 0) return;
    const [h, l] = [this.h.fit(), this.l.fit()];
    if (h && l) this.newest = { h, l };
  }
}

/** Where a carry that begins at `offset` lies in the plane. */
export function project(
  { mean, axes }: Plane,
  carries: Float32Array,
  offset: number,
): [number, number] {
  const width = mean.length;
  let [a, b] = [0, 0];
  for (let d = 0; d < width; d++) {
    const value = carries[offset + d] - mean[d];
    a += value * axes[d];
    b += value * axes[width + d];
  }
  return [a, b];
}

function startAxes(width: number): Float32Array {
  const random = new Random(1, 11);
  return orthonormal(
    new Float32Array(2 * width).map(() => random.uniform() - 0.5),
    width,
  );
}

function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, width: number): number {
  let sum = 0;
  for (let d = 0; d < width; d++) sum += a[aAt + d] * b[bAt + d];
  return sum;
}

/** Gram–Schmidt on two rows; a row that vanishes becomes a unit vector. */
function orthonormal(axes: Float32Array, width: number): Float32Array {
  for (const row of [0, 1]) {
    const at = row * width;
    if (row === 1) {
      const along = dot(axes, 0, axes, at, width);
      for (let d = 0; d < width; d++) axes[at + d] -= along * axes[d];
    }
    const length = Math.sqrt(dot(axes, at, axes, at, width));
    if (length > 1e-12) for (let d = 0; d < width; d++) axes[at + d] /= length;
    else axes[at + row] = 1;
  }
  return axes;
}

/** The axes turned within their plane so that the first holds most variance, each with its largest entry positive. */
function principal(axes: Float32Array, scores: Float64Array, width: number): Float32Array {
  let [aa, ab, bb] = [0, 0, 0];
  for (let i = 0; i < scores.length; i += 2) {
    aa += scores[i] * scores[i];
    ab += scores[i] * scores[i + 1];
    bb += scores[i + 1] * scores[i + 1];
  }
  const turned = turn(axes, 0.5 * Math.atan2(2 * ab, aa - bb), width);
  for (const at of [0, width]) {
    let largest = at;
    for (let d = at; d < at + width; d++) {
      if (Math.abs(turned[d]) > Math.abs(turned[largest])) largest = d;
    }
    if (turned[largest] < 0) for (let d = at; d < at + width; d++) turned[d] *= -1;
  }
  return turned;
}

/** The axes of the same plane that are nearest to the ones before (orthogonal Procrustes in two dimensions). */
function turnedTowards(former: Float32Array, axes: Float32Array, width: number): Float32Array {
  const m = [0, width].map((to) => [0, width].map((from) => dot(former, to, axes, from, width)));
  const mirrored = m[0][0] * m[1][1] - m[0][1] * m[1][0] < 0;
  if (mirrored) for (let d = 0; d < width; d++) axes[width + d] *= -1;
  const sign = mirrored ? -1 : 1;
  const angle = Math.atan2(m[0][1] * sign - m[1][0], m[0][0] + m[1][1] * sign);
  return turn(axes, angle, width);
}

function turn(axes: Float32Array, angle: number, width: number): Float32Array {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turned = new Float32Array(2 * width);
  for (let d = 0; d < width; d++) {
    turned[d] = c * axes[d] + s * axes[width + d];
    turned[width + d] = -s * axes[d] + c * axes[width + d];
  }
  return turned;
}
