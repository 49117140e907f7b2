import type { Engine } from '../../engine/index.ts';
import { RMS_EPSILON } from '../../engine/types.ts';
import type { GraphBuilder, Traced } from './graph.ts';

type Shape = readonly number[];
/** Where a slice ends that goes to the end. */
const END = 2 ** 31 - 1;
type Operand = Traced | number;

/** A model that uses what the export does not know. */
export class ExportError extends Error {
  override name = 'ExportError';
}

/**
 * An engine that computes nothing: each operation becomes nodes of an ONNX graph. The model's own code runs on it,
 * so that what is exported is what is played. One sample is traced, whose words and objects may be of any
 * number: its attention spans everything there is, and needs no masks.
 * @param arrays numbers that the model is given, and the graph's inputs in their place
 * @param padded rows of the objects, of which the first stands for none: runtimes stumble over an empty list
 */
export function tracingEngine(
  graph: GraphBuilder,
  arrays: ReadonlyMap<object, Traced>,
  padded: number,
): Engine {
  const constant = (operand: Operand) =>
    typeof operand === 'number' ? graph.number(operand) : operand;
  const elementwise = (op: string) => (a: Operand, b: Operand) => {
    const [x, y] = [constant(a), constant(b)];
    return graph.node(op, [x, y], broadcast(x.shape, y.shape));
  };
  const unary = (op: string) => (x: Traced) => graph.node(op, [x], x.shape);
  const add = elementwise('Add');
  const mul = elementwise('Mul');
  const div = elementwise('Div');
  const sigmoid = unary('Sigmoid');

  const given = (values: object, shape: Shape): Traced => {
    const input = arrays.get(values);
    if (!input) throw new ExportError('the model reads numbers that are no input of the export');
    if (input.shape.join() !== shape.join())
      throw new ExportError(`the model reads [${input.shape}] as [${shape}]`);
    return input;
  };
  const reshape = (x: Traced, shape: Shape) => {
    const size = x.shape.reduce((a, b) => a * b, 1);
    const rest = shape.reduce((product, side) => (side < 0 ? product : product * side), 1);
    const result = shape.map((side) => (side < 0 ? size / rest : side));
    return graph.node('Reshape', [x, graph.integers(shape)], result);
  };
  const transpose = (x: Traced, perm: readonly number[]) =>
    graph.node(
      'Transpose',
      [x],
      perm.map((axis) => x.shape[axis]),
      { perm },
    );
  const matMul = (a: Traced, b: Traced) =>
    graph.node('MatMul', [a, b], [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]]);
  const softmax = (x: Traced) => graph.node('Softmax', [x], x.shape, { axis: -1 });
  const split = (x: Traced, parts: number | readonly number[], axis = 0): Traced[] => {
    const at = axis < 0 ? axis + x.shape.length : axis;
    const sizes =
      typeof parts === 'number' ? Array<number>(parts).fill(x.shape[at] / parts) : parts;
    const shapes = sizes.map((side) => x.shape.with(at, side));
    return graph.several('Split', [x, graph.integers(sizes)], shapes, { axis: at });
  };
  const linear = (x: Traced, w: Traced, b?: Traced) => {
    const y = matMul(x, w);
    return b ? add(y, b) : y;
  };
  const addRmsNorm = (x: Traced, y: Traced) => {
    const sum = add(x, y);
    const mean = graph.node('ReduceMean', [mul(sum, sum)], sum.shape.with(-1, 1), {
      axes: [-1],
      keepdims: 1,
    });
    return div(sum, graph.node('Sqrt', [add(mean, RMS_EPSILON)], mean.shape));
  };

  const withoutFirst = (x: Traced) =>
    graph.node(
      'Slice',
      [x, graph.integers([1]), graph.integers([END]), graph.integers([0])],
      x.shape.with(0, x.shape[0] - 1),
    );

  const tf = {
    add,
    mul,
    sub: elementwise('Sub'),
    tanh: unary('Tanh'),
    reshape,
    split,
    softmax,
    concat(parts: readonly Traced[], axis = 0) {
      const kept = parts.map((part) =>
        axis === 0 && part.shape[0] === padded ? withoutFirst(part) : part,
      );
      const side = kept.reduce((sum, { shape }) => sum + (shape.at(axis) as number), 0);
      return graph.node('Concat', kept, kept[0].shape.with(axis, side), { axis });
    },
    tensor2d: (values: object, shape: Shape) => given(values, shape),
    tensor1d: (values: Int32Array) => arrays.get(values) ?? graph.integers(Array.from(values)),
  };
  const ops = {
    linear,
    addRmsNorm,
    sigmoid,
    swigluBlock(x: Traced, wGateUp: Traced, wDown: Traced) {
      const [gate, up] = split(matMul(x, wGateUp), 2, 1);
      return addRmsNorm(x, matMul(mul(mul(gate, sigmoid(gate)), up), wDown));
    },
    /** Tables end with a row of zeros, which −1 means. */
    embedSum(table: Traced, indices: Traced) {
      const [samples, features] = indices.shape;
      const width = table.shape[1];
      const rows = graph.node('Gather', [table, indices], [samples, features, width], { axis: 0 });
      return graph.node('ReduceSum', [rows, graph.integers([1])], [samples, width], {
        keepdims: 0,
      });
    },
    gatherRows: (x: Traced, index: Traced) =>
      graph.node('Gather', [x, index], [index.shape[0], x.shape[1]], { axis: 0 }),
    /** Every query reads every key: in a single sample all spans are whole. */
    raggedAttention(q: Traced, kv: Traced, spans: Int32Array, { heads }: { heads: number }) {
      for (let at = 0; at < spans.length; at += 4)
        if (spans[at + 1] + spans[at + 3] !== kv.shape[0])
          throw new ExportError('the model attends to a part of the tokens');
      const width = q.shape[1];
      const side = width / heads;
      const byHead = (x: Traced) =>
        transpose(
          graph.node('Reshape', [x, graph.integers([0, heads, side])], [x.shape[0], heads, side]),
          [1, 0, 2],
        );
      const [keys, values] = split(kv, 2, 1).map(byHead);
      const scores = mul(matMul(byHead(q), transpose(keys, [0, 2, 1])), 1 / Math.sqrt(side));
      const read = transpose(matMul(softmax(scores), values), [1, 0, 2]);
      return graph.node('Reshape', [read, graph.integers([0, width])], q.shape);
    },
    noGrad: <T>(compute: () => T) => compute(),
  };
  const strict = <T extends object>(known: T): T =>
    new Proxy(known, {
      get(target, name) {
        if (name in target) return target[name as keyof T];
        throw new ExportError(`the model uses ${String(name)}, which the export does not know`);
      },
    });
  // Cast: an engine that knows only what models use; anything else throws above.
  return strict({ ...ops, tf: strict(tf) }) as unknown as Engine;
}

function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const side = (shape: Shape, at: number) => shape[shape.length - rank + at] ?? 1;
  return Array.from({ length: rank }, (_, at) => Math.max(side(a, at), side(b, at)));
}
