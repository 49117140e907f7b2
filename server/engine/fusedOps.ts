import type { TensorInfo } from '@tensorflow/tfjs-core';
import { fusedRaggedAttention } from './raggedAttention.ts';
import type { Ops, Tensor, Tensor1D, Tensor2D, TF } from './types.ts';

type Named = Record<string, Tensor>;

/** What a backend's forward kernels hand to their gradients, by name, behind their result. */
export interface Kept {
  swiglu: string[];
  attention: string[];
}

/** The operations on the fused kernels that a backend has registered: all but Adam, which is no operation of tfjs's. */
export function fusedOps(tf: TF, kept: Kept): Omit<Ops, 'adamStep'> {
  const engine = tf.engine();
  const run = (name: string, inputs: Named, attrs: Record<string, unknown> = {}) =>
    engine.runKernel(name, inputs as never, attrs as never) as Tensor | Tensor[];
  const runOne = (name: string, inputs: Named, attrs: Record<string, unknown> = {}): Tensor => {
    const out = run(name, inputs, attrs);
    return Array.isArray(out) ? out[0] : out;
  };

  /**
   * Runs kernel `name` on `inputs` (which get gradients) and `constants` (which do not). Outside of a tape nothing is
   * kept; on one, kernel `name + Grad` gets dy, all of these, the result as `y` and what the kernel kept, by name.
   */
  function differentiable(
    name: string,
    inputs: Named,
    constants: Named,
    attrs: Record<string, unknown>,
    kept: string[],
  ): Tensor {
    if (!engine.isTapeOn()) return runOne(name, { ...inputs, ...constants }, attrs);
    const inputNames = Object.keys(inputs);
    const constantNames = Object.keys(constants);
    const names = [...inputNames, ...constantNames, 'y', ...kept];
    const op = tf.customGrad((...args) => {
      const tensors = args.slice(0, inputNames.length) as Tensor[];
      const save = args[inputNames.length] as (tensors: Tensor[]) => void;
      const out = run(
        name,
        { ...named(inputNames, tensors), ...constants },
        { ...attrs, training: true },
      );
      const outputs = Array.isArray(out) ? out : [out];
      save([...tensors, ...Object.values(constants), ...outputs]);
      return {
        value: outputs[0],
        gradFunc: (dy, saved) =>
          run(`${name}Grad`, { dy: dy as Tensor, ...named(names, saved) }, attrs),
      };
    });
    return op(...Object.values(inputs));
  }

  /** As differentiable, but the gradient needs only the kernel's output or input, and one array. */
  function activation<T extends Tensor>(name: string, x: T): T {
    if (!engine.isTapeOn()) return runOne('FusedActivation', { x }, { name }) as T;
    const op = tf.customGrad((...args) => {
      const [input, save] = args as unknown as [Tensor, (tensors: Tensor[]) => void];
      const y = runOne('FusedActivation', { x: input }, { name });
      save([name === 'silu' ? input : y]);
      return {
        value: y,
        gradFunc: (dy, [saved]) =>
          runOne('FusedActivationGrad', { dy: dy as Tensor, saved }, { name }),
      };
    });
    return op(x) as T;
  }

  function norm<T extends Tensor>(x: T, y?: T): T {
    const inputs: Named = y ? { x, y } : { x };
    if (!engine.isTapeOn()) return runOne('FusedAddRmsNorm', inputs) as T;
    const op = tf.customGrad((...args) => {
      const save = args[args.length - 1] as (tensors: Tensor[]) => void;
      const [out, rstd] = run('FusedAddRmsNorm', inputs, { training: true }) as Tensor[];
      save([out, rstd]);
      return {
        value: out,
        gradFunc: (dy, [savedOut, savedRstd]) => {
          const dr = runOne('FusedRmsNormGrad', { dy: dy as Tensor, y: savedOut, rstd: savedRstd });
          // Each input gets a handle of its own, because tfjs disposes gradients one by one.
          return y ? [dr, tf.clone(dr)] : dr;
        },
      };
    });
    return op(...Object.values(inputs)) as T;
  }

  function embedSum(table: Tensor2D, indices: Tensor2D): Tensor2D {
    if (!engine.isTapeOn()) return runOne('FusedEmbedSum', { table, indices }) as Tensor2D;
    const op = tf.customGrad((...args) => {
      const [input, save] = args as unknown as [Tensor, (tensors: Tensor[]) => void];
      const y = runOne('FusedEmbedSum', { table: input, indices });
      save([indices]);
      return {
        value: y,
        gradFunc: (dy, [saved]) =>
          runOne(
            'FusedEmbedSumGrad',
            { dy: dy as Tensor, indices: saved },
            { rows: table.shape[0] },
          ),
      };
    });
    return op(table) as Tensor2D;
  }

  const swiglu = <T extends Tensor>(x: T, wGateUp: Tensor2D, wDown: Tensor2D, block: boolean): T =>
    differentiable('FusedSwiglu', { x, wGateUp, wDown }, {}, { block }, kept.swiglu) as T;

  return {
    linear: (x, w, b) =>
      differentiable('FusedLinear', b ? { x, w, b } : { x, w }, {}, { bias: b !== undefined }, []),
    rmsNorm: (x) => norm(x),
    addRmsNorm: (x, y) => norm(x, y),
    swiglu: (x, wGateUp, wDown) => swiglu(x, wGateUp, wDown, false),
    swigluBlock: (x, wGateUp, wDown) => swiglu(x, wGateUp, wDown, true),
    attentionBlock: (x, wqkv, wo, heads, rotary) =>
      differentiable(
        'FusedAttentionBlock',
        { x, wqkv, wo },
        rotary ? { cos: rotary.cos, sin: rotary.sin } : {},
        { heads },
        kept.attention,
      ) as typeof x,
    embedSum,
    gatherRows: (x, index) => embedSum(x, tf.reshape(index, [-1, 1])),
    raggedAttention: fusedRaggedAttention(tf),
    categorical(logits, actions) {
      const [logProb, entropy, probs] = run('FusedCategorical', { logits, actions }) as Tensor1D[];
      probs.dispose();
      return { logProb, entropy };
    },
    sigmoid: (x) => activation('sigmoid', x),
    silu: (x) => activation('silu', x),
  };
}

function named(names: string[], tensors: Tensor[]): Named & Record<string, TensorInfo> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
}
