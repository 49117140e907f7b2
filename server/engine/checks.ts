import type { Ops, Tensor } from './types.ts';

type Axis = number | string;

/**
 * Throws one clear error unless the tensor has this dtype and shape. Axes given as letters must agree across the
 * calls that share `sizes`; '..' as the first axis stands for any leading axes.
 */
function expectTensor(
  op: string,
  name: string,
  tensor: Tensor,
  dtype: 'float32' | 'int32',
  axes: Axis[],
  sizes: Map<string, number>,
): void {
  const wanted = `${dtype} [${axes.join(', ')}]`;
  const fail = (why = '') => {
    const got = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
    throw new TypeError(`${op}: ${name} must be ${wanted}; got ${got}${why}.`);
  };
  if (tensor.dtype !== dtype) fail();
  const open = axes[0] === '..';
  const tail = open ? axes.slice(1) : axes;
  const skip = tensor.shape.length - tail.length;
  if (open ? skip < 1 : skip !== 0) fail();
  tail.forEach((axis, i) => {
    const size = tensor.shape[skip + i];
    if (typeof axis === 'number') {
      if (axis !== size) fail();
      return;
    }
    // 3D means three times D, 2F twice F.
    const [, times, letter] = /^(\d*)(\w+)$/.exec(axis) as RegExpExecArray;
    const unit = times ? size / Number(times) : size;
    const known = sizes.get(letter);
    if (!Number.isInteger(unit) || (known !== undefined && known !== unit)) {
      fail(known === undefined ? '' : ` where ${letter} is ${known}`);
    }
    sizes.set(letter, unit);
  });
}

function expectHeads(op: string, heads: number, d: number): void {
  if (!Number.isInteger(heads) || heads < 1 || d % heads !== 0) {
    throw new RangeError(
      `${op}: heads must be a whole number that divides the width ${d}; got ${heads}.`,
    );
  }
}

type Spec = [name: string, tensor: Tensor | undefined, axes: Axis[], dtype?: 'int32'][];

function check(op: string, spec: Spec): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [name, tensor, axes, dtype] of spec) {
    if (tensor) expectTensor(op, name, tensor, dtype ?? 'float32', axes, sizes);
  }
  return sizes;
}

/** The same operations, which check shapes and types first and name what is wrong. */
export function withChecks(ops: Ops): Ops {
  const swigluSpec = (op: string, x: Tensor, wGateUp: Tensor, wDown: Tensor) =>
    check(op, [
      ['wDown', wDown, ['F', 'D']],
      ['wGateUp', wGateUp, ['D', '2F']],
      ['x', x, ['..', 'D']],
    ]);
  return {
    ...ops,
    linear(x, w, b) {
      check('linear', [
        ['w', w, ['K', 'M']],
        ['x', x, ['..', 'K']],
        ['b', b, ['M']],
      ]);
      return ops.linear(x, w, b);
    },
    rmsNorm(x) {
      check('rmsNorm', [['x', x, ['..', 'D']]]);
      return ops.rmsNorm(x);
    },
    addRmsNorm(x, y) {
      check('addRmsNorm', [
        ['x', x, ['..', 'D']],
        ['y', y, x.shape],
      ]);
      return ops.addRmsNorm(x, y);
    },
    swiglu(x, wGateUp, wDown) {
      swigluSpec('swiglu', x, wGateUp, wDown);
      return ops.swiglu(x, wGateUp, wDown);
    },
    swigluBlock(x, wGateUp, wDown) {
      swigluSpec('swigluBlock', x, wGateUp, wDown);
      return ops.swigluBlock(x, wGateUp, wDown);
    },
    attentionBlock(x, wqkv, wo, heads, rotary) {
      const op = 'attentionBlock';
      const sizes = check(op, [
        ['x', x, ['B', 'S', 'D']],
        ['wqkv', wqkv, ['D', '3D']],
        ['wo', wo, ['D', 'D']],
      ]);
      const d = sizes.get('D') as number;
      expectHeads(op, heads, d);
      if (rotary) {
        const axes = [x.shape[1], d / heads];
        if (axes[1] % 2)
          throw new RangeError(`${op}: rotary positions need an even head width; got ${axes[1]}.`);
        check(op, [
          ['rotary.cos', rotary.cos, axes],
          ['rotary.sin', rotary.sin, axes],
        ]);
      }
      return ops.attentionBlock(x, wqkv, wo, heads, rotary);
    },
    raggedAttention(q, kv, spans, options) {
      const op = 'raggedAttention';
      const sizes = check(op, [
        ['q', q, ['N', 'D']],
        ['kv', kv, ['P', '2D']],
      ]);
      const d = sizes.get('D') as number;
      expectHeads(op, options.heads, d);
      if ((d / options.heads) % 4) {
        throw new RangeError(
          `${op}: the head width must be a multiple of 4; got ${d / options.heads}.`,
        );
      }
      if (!(options.group >= 1) || q.shape[0] % options.group !== 0) {
        throw new RangeError(
          `${op}: group must divide the ${q.shape[0]} rows of q; got ${options.group}.`,
        );
      }
      return ops.raggedAttention(q, kv, spans, options);
    },
    embedSum(table, indices) {
      check('embedSum', [
        ['table', table, ['V', 'D']],
        ['indices', indices, ['N', 'K'], 'int32'],
      ]);
      return ops.embedSum(table, indices);
    },
    gatherRows(x, index) {
      check('gatherRows', [
        ['x', x, ['M', 'D']],
        ['index', index, ['N'], 'int32'],
      ]);
      return ops.gatherRows(x, index);
    },
    categorical(logits, actions) {
      check('categorical', [
        ['logits', logits, ['N', 'A']],
        ['actions', actions, ['N'], 'int32'],
      ]);
      return ops.categorical(logits, actions);
    },
    adamStep(params, grads, m, v, settings) {
      for (const [name, list] of [
        ['grads', grads],
        ['m', m],
        ['v', v],
      ] as const) {
        if (list.length !== params.length) {
          throw new TypeError(
            `adamStep: ${name} must hold ${params.length} tensors, one for each parameter; got ${list.length}.`,
          );
        }
        for (const [i, tensor] of list.entries())
          check('adamStep', [[`${name}[${i}]`, tensor, params[i].shape]]);
      }
      if (!(settings.step >= 1))
        throw new RangeError(`adamStep: step must count from 1; got ${settings.step}.`);
      return ops.adamStep(params, grads, m, v, settings);
    },
  };
}
