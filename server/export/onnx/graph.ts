import type { OnnxModel, OnnxNode, OnnxTensor } from './proto.ts';

/** A value that the graph computes, in place of one of the engine's tensors. Sizes are those of the traced sample. */
export interface Traced {
  readonly name: string;
  readonly shape: readonly number[];
}

export const OPSET = 17;

/** Collects the nodes of a graph. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly weights: OnnxTensor[] = [];
  private readonly known = new Map<string, string>();
  private count = 0;

  node(
    op: string,
    inputs: readonly (Traced | string)[],
    shape: readonly number[],
    attributes: OnnxNode['attributes'] = {},
  ): Traced {
    return this.several(op, inputs, [shape], attributes)[0];
  }

  /** A node of several outputs, one for each shape. */
  several(
    op: string,
    inputs: readonly (Traced | string)[],
    shapes: readonly (readonly number[])[],
    attributes: OnnxNode['attributes'] = {},
  ): Traced[] {
    const outputs = shapes.map((shape) => ({ name: `${op.toLowerCase()}_${this.count++}`, shape }));
    this.nodes.push({
      op,
      inputs: inputs.map((input) => (typeof input === 'string' ? input : input.name)),
      outputs: outputs.map(({ name }) => name),
      attributes,
    });
    return outputs;
  }

  weight(name: string, data: Float32Array, dims: readonly number[]): Traced {
    this.weights.push({ name, dims, data });
    return { name, shape: dims };
  }

  /** Whole numbers that never change; the same ones are stored once. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): Traced {
    const key = `${values}|${dims}`;
    let name = this.known.get(key);
    if (!name) {
      name = `integers_${this.known.size}`;
      this.known.set(key, name);
      this.weights.push({ name, dims, data: BigInt64Array.from(values, BigInt) });
    }
    return { name, shape: dims };
  }

  /** One number that never changes. */
  number(value: number): Traced {
    const key = `number ${value}`;
    let name = this.known.get(key);
    if (!name) {
      name = `number_${this.known.size}`;
      this.known.set(key, name);
      this.weights.push({ name, dims: [], data: Float32Array.of(value) });
    }
    return { name, shape: [] };
  }

  /** The same value under a name of one's own, as an output. */
  rename(value: Traced, name: string): void {
    this.nodes.push({ op: 'Identity', inputs: [value.name], outputs: [name], attributes: {} });
  }

  model(rest: Pick<OnnxModel, 'name' | 'doc' | 'inputs' | 'outputs' | 'metadata'>): OnnxModel {
    return { ...rest, opset: OPSET, nodes: this.nodes, weights: this.weights };
  }
}
