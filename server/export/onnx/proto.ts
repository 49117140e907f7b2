/** ONNX's own numbers for types (onnx.proto, TensorProto.DataType). */
export const DataType = { float: 1, int64: 7 } as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export type Attribute = number | readonly number[];

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers alone. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An input or output; a dimension that varies has a name. */
export interface OnnxValue {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly doc: string;
  readonly opset: number;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly weights: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
  readonly metadata: Readonly<Record<string, string>>;
}

const IR_VERSION = 8;

/** A field of a protobuf message: its number, and a number, text, bytes or message. */
type Field = readonly [number, number | string | Uint8Array];

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

function message(...fields: Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number')
        return [Uint8Array.from([...varint(number << 3), ...varint(value)])];
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
      return [Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes];
    }),
  );
}

const bytesOf = (data: Float32Array | BigInt64Array) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A model as the bytes of an .onnx file (field numbers from onnx.proto). */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const value = ({ name, type, dims }: OnnxValue) => {
    const shape = dims.map(
      (dim): Field => [1, message(typeof dim === 'number' ? [1, dim] : [2, dim])],
    );
    return message([1, name], [2, message([1, message([1, type], [2, message(...shape)])])]);
  };
  const tensor = ({ name, dims, data }: OnnxTensor) =>
    message(
      ...dims.map((dim): Field => [1, dim]),
      [2, data instanceof Float32Array ? DataType.float : DataType.int64],
      [8, name],
      [9, bytesOf(data)],
    );
  const node = ({ op, inputs, outputs, attributes }: OnnxNode) =>
    message(
      ...inputs.map((name): Field => [1, name]),
      ...outputs.map((name): Field => [2, name]),
      [4, op],
      ...Object.entries(attributes).map(([name, given]): Field => {
        const fields: Field[] =
          typeof given === 'number'
            ? [
                [3, given],
                [20, 2],
              ]
            : [...given.map((one): Field => [8, one]), [20, 7]];
        return [5, message([1, name], ...fields)];
      }),
    );
  const graph = message(
    ...model.nodes.map((one): Field => [1, node(one)]),
    [2, model.name],
    ...model.weights.map((one): Field => [5, tensor(one)]),
    [10, model.doc],
    ...model.inputs.map((one): Field => [11, value(one)]),
    ...model.outputs.map((one): Field => [12, value(one)]),
  );
  return message(
    [1, IR_VERSION],
    [2, 'planner-and-doer'],
    [7, graph],
    [8, message([1, ''], [2, model.opset])],
    ...Object.entries(model.metadata).map(
      ([key, text]): Field => [14, message([1, key], [2, text])],
    ),
  );
}

/** Fields of a message in a file: number, and a number or bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<[number, bigint | Uint8Array]> {
  let at = 0;
  const read = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(read());
    if ((tag & 7) === 0) yield [tag >> 3, read()];
    else {
      const length = Number(read());
      yield [tag >> 3, bytes.subarray(at, at + length)];
      at += length;
    }
  }
}

const text = (bytes: bigint | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('utf8');
const all = (bytes: Uint8Array, number: number) =>
  [...fieldsOf(bytes)].filter(([field]) => field === number).map(([, value]) => value);

/** What is needed to run a file that `encodeOnnx` has written: nodes and weights. */
export function decodeOnnx(bytes: Uint8Array): Pick<OnnxModel, 'nodes' | 'weights'> {
  const [graph] = all(bytes, 7) as Uint8Array[];
  const weights = (all(graph, 5) as Uint8Array[]).map((tensor): OnnxTensor => {
    // A copy: numbers have to begin at a multiple of their size.
    const raw = new Uint8Array(all(tensor, 9)[0] as Uint8Array);
    const isFloat = Number(all(tensor, 2)[0]) === DataType.float;
    return {
      name: text(all(tensor, 8)[0]),
      dims: all(tensor, 1).map(Number),
      data: isFloat ? new Float32Array(raw.buffer) : new BigInt64Array(raw.buffer),
    };
  });
  const nodes = (all(graph, 1) as Uint8Array[]).map(
    (node): OnnxNode => ({
      op: text(all(node, 4)[0]),
      inputs: all(node, 1).map(text),
      outputs: all(node, 2).map(text),
      attributes: Object.fromEntries(
        (all(node, 5) as Uint8Array[]).map((attribute) => {
          const list = all(attribute, 8).map((one) => Number(BigInt.asIntN(64, one as bigint)));
          const one = all(attribute, 3).map((value) => Number(BigInt.asIntN(64, value as bigint)));
          return [text(all(attribute, 1)[0]), one.length > 0 ? one[0] : list];
        }),
      ),
    }),
  );
  return { nodes, weights };
}
