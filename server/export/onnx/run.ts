import { decodeOnnx, type OnnxNode } from './proto.ts';

/** A tensor of the evaluator. Whole numbers are kept as numbers. */
export interface Value {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

type Operation = (inputs: Value[], node: OnnxNode) => Value[];

const sizeOf = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
const attribute = ({ attributes }: OnnxNode, name: string) => attributes[name] as number;
const axisOf = (node: OnnxNode, rank: number) => {
  const axis = attribute(node, 'axis');
  return axis < 0 ? axis + rank : axis;
};

/** Reads both operands as if repeated to one shape. */
function elementwise(compute: (a: number, b: number) => number, isWhole = false): Operation {
  return ([a, b]) => {
    const rank = Math.max(a.dims.length, b.dims.length);
    const side = ({ dims }: Value, at: number) => dims[dims.length - rank + at] ?? 1;
    const dims = Array.from({ length: rank }, (_, at) => {
      const [x, y] = [side(a, at), side(b, at)];
      return x === 1 ? y : x;
    });
    const size = sizeOf(dims);
    const data =
      isWhole || a.data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
    for (let i = 0; i < size; i++) {
      let [rest, atA, atB, strideA, strideB] = [i, 0, 0, 1, 1];
      for (let at = rank - 1; at >= 0; at--) {
        const index = rest % dims[at];
        rest = (rest - index) / dims[at];
        if (side(a, at) > 1) atA += index * strideA;
        if (side(b, at) > 1) atB += index * strideB;
        strideA *= side(a, at);
        strideB *= side(b, at);
      }
      data[i] = compute(a.data[atA], b.data[atB]);
    }
    return [{ dims, data }];
  };
}

const unary =
  (compute: (x: number) => number): Operation =>
  ([x]) => [{ dims: x.dims, data: x.data.map(compute) as Float32Array }];

/** Rows along an axis as (outer, axis, inner). */
function around(dims: readonly number[], axis: number) {
  return {
    outer: sizeOf(dims.slice(0, axis)),
    side: dims[axis],
    inner: sizeOf(dims.slice(axis + 1)),
  };
}

function reduce(
  x: Value,
  axis: number,
  keep: boolean,
  scale: (sum: number, side: number) => number,
): Value {
  const { outer, side, inner } = around(x.dims, axis);
  const data = new Float32Array(outer * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      for (let s = 0; s < side; s++) sum += x.data[(o * side + s) * inner + i];
      data[o * inner + i] = scale(sum, side);
    }
  const dims = x.dims.flatMap((own, at) => (at !== axis ? [own] : keep ? [1] : []));
  return { dims, data };
}

function slice(x: Value, axis: number, from: number, count: number): Value {
  const { outer, side, inner } = around(x.dims, axis);
  const dims = x.dims.map((own, at) => (at === axis ? count : own));
  const data = x.data.slice(0, outer * count * inner);
  for (let o = 0; o < outer; o++) {
    const start = (o * side + from) * inner;
    data.set(x.data.subarray(start, start + count * inner), o * count * inner);
  }
  return { dims, data };
}

/** What the operations of an exported policy mean, after the ONNX specification (opset 17), in plain loops. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Greater: elementwise((a, b) => Number(a > b), true),
  Equal: elementwise((a, b) => Number(a === b), true),
  And: elementwise((a, b) => a & b, true),
  Or: elementwise((a, b) => a | b, true),
  Sqrt: unary(Math.sqrt),
  Tanh: unary(Math.tanh),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Identity: ([x]) => [x],
  Cast: ([x]) => [x],
  Where: ([condition, a, b]) => [condition.data[0] ? a : b],
  MatMul([a, b]) {
    const [rows, inner] = a.dims.slice(-2);
    const columns = b.dims.at(-1)!;
    const batch = sizeOf(a.dims.slice(0, -2));
    const isShared = b.dims.length === 2;
    const data = new Float32Array(batch * rows * columns);
    const sums = new Float64Array(columns);
    for (let n = 0; n < batch; n++)
      for (let r = 0; r < rows; r++) {
        sums.fill(0);
        for (let k = 0; k < inner; k++) {
          const x = a.data[(n * rows + r) * inner + k];
          const from = ((isShared ? 0 : n * inner) + k) * columns;
          for (let c = 0; c < columns; c++) sums[c] += x * b.data[from + c];
        }
        data.set(sums, (n * rows + r) * columns);
      }
    return [{ dims: [...a.dims.slice(0, -1), columns], data }];
  },
  Softmax([x]) {
    const side = x.dims.at(-1)!;
    const data = new Float32Array(x.data.length);
    for (let from = 0; from < data.length; from += side) {
      const row = x.data.subarray(from, from + side);
      let top = -Infinity;
      for (const value of row) top = Math.max(top, value);
      let sum = 0;
      for (const value of row) sum += Math.exp(value - top);
      for (let i = 0; i < side; i++) data[from + i] = Math.exp(row[i] - top) / sum;
    }
    return [{ dims: x.dims, data }];
  },
  Reshape([x, shape]) {
    const wanted = Array.from(shape.data, (side, at) => (side === 0 ? x.dims[at] : side));
    const known = wanted.reduce((product, side) => (side < 0 ? product : product * side), 1);
    return [
      { dims: wanted.map((side) => (side < 0 ? x.data.length / known : side)), data: x.data },
    ];
  },
  Transpose([x], { attributes }) {
    const perm = attributes.perm as readonly number[];
    const dims = perm.map((axis) => x.dims[axis]);
    const strides = x.dims.map((_, axis) => sizeOf(x.dims.slice(axis + 1)));
    const data = new Float32Array(x.data.length);
    for (let i = 0; i < data.length; i++) {
      let [rest, from] = [i, 0];
      for (let at = dims.length - 1; at >= 0; at--) {
        from += (rest % dims[at]) * strides[perm[at]];
        rest = Math.floor(rest / dims[at]);
      }
      data[i] = x.data[from];
    }
    return [{ dims, data }];
  },
  Concat(parts, node) {
    const axis = axisOf(node, parts[0].dims.length);
    const side = parts.reduce((sum, { dims }) => sum + dims[axis], 0);
    const dims = parts[0].dims.map((own, at) => (at === axis ? side : own));
    const isWhole = parts[0].data instanceof Int32Array;
    const data = isWhole ? new Int32Array(sizeOf(dims)) : new Float32Array(sizeOf(dims));
    const { outer, inner } = around(dims, axis);
    let to = 0;
    for (let o = 0; o < outer; o++)
      for (const part of parts) {
        const length = part.dims[axis] * inner;
        data.set(part.data.subarray(o * length, (o + 1) * length), to);
        to += length;
      }
    return [{ dims, data }];
  },
  Split([x, sizes], node) {
    const axis = axisOf(node, x.dims.length);
    let from = 0;
    return Array.from(sizes.data, (count) => {
      from += count;
      return slice(x, axis, from - count, count);
    });
  },
  Slice([x, from, to, axes]) {
    const axis = axes.data[0];
    const end = Math.min(to.data[0], x.dims[axis]);
    return [slice(x, axis, from.data[0], end - from.data[0])];
  },
  Gather([table, indices]) {
    const [rows] = table.dims;
    const inner = sizeOf(table.dims.slice(1));
    const isWhole = table.data instanceof Int32Array;
    const size = indices.data.length * inner;
    const data = isWhole ? new Int32Array(size) : new Float32Array(size);
    indices.data.forEach((index: number, i: number) => {
      const row = index < 0 ? index + rows : index;
      data.set(table.data.subarray(row * inner, (row + 1) * inner), i * inner);
    });
    return [{ dims: [...indices.dims, ...table.dims.slice(1)], data }];
  },
  ReduceSum: ([x, axes], node) => [
    reduce(x, axes.data[0], attribute(node, 'keepdims') === 1, (sum) => sum),
  ],
  ReduceMean: ([x], node) => {
    const [axis] = node.attributes.axes as readonly number[];
    return [reduce(x, axis + x.dims.length, true, (sum, side) => sum / side)];
  },
  ArgMax([x]) {
    let best = 0;
    x.data.forEach((value: number, i: number) => {
      if (value > x.data[best]) best = i;
    });
    return [{ dims: [1], data: Int32Array.of(best) }];
  },
};

/** Runs the bytes of an exported policy: a second reading of the file, independent of the engines. */
export function runner(
  file: Uint8Array,
): (inputs: Readonly<Record<string, Value>>) => Record<string, Value> {
  const { nodes, weights } = decodeOnnx(file);
  const fixed = weights.map(({ name, dims, data }): [string, Value] => [
    name,
    { dims, data: data instanceof Float32Array ? data : Int32Array.from(data, Number) },
  ]);
  return (inputs) => {
    const values = new Map<string, Value>([...fixed, ...Object.entries(inputs)]);
    for (const node of nodes) {
      const results = OPERATIONS[node.op](
        node.inputs.map((name) => values.get(name) as Value),
        node,
      );
      for (const [i, name] of node.outputs.entries()) values.set(name, results[i]);
    }
    return Object.fromEntries(values);
  };
}
