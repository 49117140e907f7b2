/** What an attention shader is compiled for. */
export interface Attention {
  /** Width of a head, in vectors of four where it divides by four, else in floats. */
  head: number;
  vectors: boolean;
  /** Whether every group reads the `span` rows of its own, instead of those that `ranges` names. */
  own: boolean;
}

export const attentionKey = ({ head, vectors, own }: Attention): string =>
  `${head}${vectors ? 'v' : ''}${own ? 'o' : ''}`;

/** One thread for each row and head, so that neighbours read the same keys; nothing is shared, nothing waits. */
const common = ({ head, vectors }: Attention): string => `
  alias Part = ${vectors ? 'vec4<f32>' : 'f32'};
  const HEAD = ${head};
  fn product(a : Part, b : Part) -> f32 { return ${vectors ? 'dot(a, b)' : 'a * b'}; }`;

/** For shaders that start from a query: which rows its group reads, as first row and count. */
const ranges = ({ own }: Attention): string => `
  fn rangeOf(group : i32, half : i32) -> vec2<i32> {
    ${
      own
        ? 'return vec2<i32>(group * uniforms.span, select(0, uniforms.span, half == 0));'
        : 'return vec2<i32>(ranges[group * 4 + half * 2], ranges[group * 4 + half * 2 + 1]);'
    }
  }`;

const READ_QUERY = `
    let row = index / uniforms.heads;
    let head = index % uniforms.heads;
    if (row >= uniforms.rows) { return; }
    let group = row / uniforms.group;
    let queryAt = row * uniforms.queryStride + head * HEAD;
    var query : array<Part, HEAD>;
    for (var i = 0; i < HEAD; i++) { query[i] = q[queryAt + i] * uniforms.scale; }`;

/** The loop over a group's keys, with the score of each. */
const eachKey = (body: string): string => `
    for (var half = 0; half < 2; half++) {
      let range = rangeOf(group, half);
      for (var key = range.x; key < range.x + range.y; key++) {
        let keyAt = key * uniforms.poolStride + uniforms.keyOffset + head * HEAD;
        let valueAt = keyAt + uniforms.valueOffset;
        var score = 0.0;
        for (var i = 0; i < HEAD; i++) { score += product(query[i], kv[keyAt + i]); }
        ${body}
      }
    }`;

/** Softmax attention in one pass: sums are scaled down whenever a higher score turns up. */
export const attention = (shader: Attention): string => `${common(shader)}${ranges(shader)}
  fn main(index : i32) {
    ${READ_QUERY}
    var sum : array<Part, HEAD>;
    var high = -3.0e38;
    var total = 0.0;
    ${eachKey(`
        if (score > high) {
          let shrink = exp(high - score);
          high = score;
          total *= shrink;
          for (var i = 0; i < HEAD; i++) { sum[i] *= shrink; }
        }
        let weight = exp(score - high);
        total += weight;
        for (var i = 0; i < HEAD; i++) { sum[i] += weight * kv[valueAt + i]; }`)}
    let share = select(0.0, 1.0 / total, total > 0.0);
    for (var i = 0; i < HEAD; i++) { result[index * HEAD + i] = sum[i] * share; }
  }`;

/** For each row and head: log of the sum of exponentials, and the slope's mean under the weights. */
export const attentionStats = (shader: Attention): string => `${common(shader)}${ranges(shader)}
  fn main(index : i32) {
    ${READ_QUERY}
    var high = -3.0e38;
    var total = 0.0;
    var slopes = 0.0;
    ${eachKey(`
        var slope = 0.0;
        for (var i = 0; i < HEAD; i++) { slope += product(dy[index * HEAD + i], kv[valueAt + i]); }
        if (score > high) {
          let shrink = exp(high - score);
          high = score;
          total *= shrink;
          slopes *= shrink;
        }
        let weight = exp(score - high);
        total += weight;
        slopes += weight * slope;`)}
    result[index * 2] = select(0.0, high + log(total), total > 0.0);
    result[index * 2 + 1] = select(0.0, slopes / total, total > 0.0);
  }`;

/** Gradient at the queries, written to rows of `outStride` parts. */
export const attentionQueryGrad = (shader: Attention): string => `${common(shader)}${ranges(shader)}
  fn main(index : i32) {
    ${READ_QUERY}
    let lse = stats[index * 2];
    let mean = stats[index * 2 + 1];
    var sum : array<Part, HEAD>;
    ${eachKey(`
        var slope = 0.0;
        for (var i = 0; i < HEAD; i++) { slope += product(dy[index * HEAD + i], kv[valueAt + i]); }
        let change = exp(score - lse) * (slope - mean) * uniforms.scale;
        for (var i = 0; i < HEAD; i++) { sum[i] += change * kv[keyAt + i]; }`)}
    let out = row * uniforms.outStride + head * HEAD;
    for (var i = 0; i < HEAD; i++) { result[out + i] = sum[i]; }
  }`;

/** Gradient at the keys and values: each row of the pool asks the groups that read it, readers[starts[row]..]. */
export const attentionPoolGrad = (shader: Attention): string => `${common(shader)}
  fn main(index : i32) {
    let row = index / uniforms.heads;
    let head = index % uniforms.heads;
    if (row >= uniforms.pool) { return; }
    let keyAt = row * uniforms.poolStride + uniforms.keyOffset + head * HEAD;
    var key : array<Part, HEAD>;
    var value : array<Part, HEAD>;
    var keySum : array<Part, HEAD>;
    var valueSum : array<Part, HEAD>;
    for (var i = 0; i < HEAD; i++) {
      key[i] = kv[keyAt + i];
      value[i] = kv[keyAt + uniforms.valueOffset + i];
    }
    ${shader.own ? 'let first = 0; let end = 1;' : 'let first = starts[row]; let end = starts[row + 1];'}
    for (var at = first; at < end; at++) {
      let group = ${shader.own ? 'row / uniforms.span' : 'readers[at]'};
      for (var member = 0; member < uniforms.group; member++) {
        let reader = group * uniforms.group + member;
        let queryAt = reader * uniforms.queryStride + head * HEAD;
        let outAt = (reader * uniforms.heads + head) * HEAD;
        let statsAt = (reader * uniforms.heads + head) * 2;
        var score = 0.0;
        var slope = 0.0;
        for (var i = 0; i < HEAD; i++) {
          score += product(q[queryAt + i] * uniforms.scale, key[i]);
          slope += product(dy[outAt + i], value[i]);
        }
        let weight = exp(score - stats[statsAt]);
        let change = weight * (slope - stats[statsAt + 1]) * uniforms.scale;
        for (var i = 0; i < HEAD; i++) {
          keySum[i] += change * q[queryAt + i];
          valueSum[i] += weight * dy[outAt + i];
        }
      }
    }
    let out = row * uniforms.outStride + uniforms.outOffset + head * HEAD;
    for (var i = 0; i < HEAD; i++) {
      result[out + i] = keySum[i];
      result[out + uniforms.valueOffset + i] = valueSum[i];
    }
  }`;
