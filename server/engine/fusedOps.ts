import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { fusedRaggedAttention } from './raggedAttention.ts';
import type { Ops, Tensor, Tensor1D, Tensor2D, TF } from './types.ts';
import { withGradient } from './withGradient.ts';

type Named = Record<string, Tensor>;

/** Names of the outputs, after the result, that a backend's forward kernels give to their gradients. */
export interface Kept {
  swiglu: string[];
  attention: string[];
}

/** The operations, on the fused kernels that a backend has registered. Adam is not among them: it is no tfjs kernel. */
export function fusedOps(tf: TF, kept: Kept): Omit<Ops, 'adamStep'> {
  const engine = tf.engine();
  const run = (name: string, inputs: Named, attrs: NamedAttrMap = {}) =>
    engine.runKernel<Tensor | Tensor[]>(name, inputs, attrs);
  const runOne = (name: string, inputs: Named, attrs: NamedAttrMap = {}): Tensor => {
    const out = run(name, inputs, attrs);
    return Array.isArray(out) ? out[0] : out;
  };

  /**
   * Runs kernel `name` on `inputs`, which get gradients, and `constants`, which do not. When tfjs records a gradient, the
   * kernel `name + Grad` later gets dy, all inputs and constants, the result as `y`, and the outputs in `kept`.
   */
  function differentiable(
    name: string,
    inputs: Named,
    constants: Named,
    attrs: NamedAttrMap,
    kept: string[],
  ): Tensor {
    if (!engine.isTapeOn()) return runOne(name, { ...inputs, ...constants }, attrs);
    const inputNames = Object.keys(inputs);
    const names = [...inputNames, ...Object.keys(constants), 'y', ...kept];
    return withGradient(tf, Object.values(inputs), (tensors, save) => {
      const out = run(
        name,
        { ...named(inputNames, tensors), ...constants },
        { ...attrs, training: true },
      );
      const outputs = Array.isArray(out) ? out : [out];
      save([...tensors, ...Object.values(constants), ...outputs]);
      return {
        value: outputs[0],
        gradFunc: (dy, saved) => run(`${name}Grad`, { dy, ...named(names, saved) }, attrs),
      };
    });
  }

  /** As differentiable, but the gradient needs only the kernel's output or input, and one array. */
  function activation<T extends Tensor>(name: string, x: T): T {
    if (!engine.isTapeOn()) return runOne('FusedActivation', { x }, { name }) as T;
    return withGradient(tf, [x], ([input], save) => {
      const y = runOne('FusedActivation', { x: input }, { name });
      save([name === 'silu' ? input : y]);
      return {
        value: y,
        gradFunc: (dy, [saved]) => runOne('FusedActivationGrad', { dy, saved }, { name }),
      };
    }) as T;
  }

  function norm<T extends Tensor>(x: T, y?: T): T {
    const inputs: Named = y ? { x, y } : { x };
    if (!engine.isTapeOn()) return runOne('FusedAddRmsNorm', inputs) as T;
    return withGradient(tf, Object.values(inputs), (_, save) => {
      const [out, rstd] = run('FusedAddRmsNorm', inputs, { training: true }) as Tensor[];
      save([out, rstd]);
      return {
        value: out,
        gradFunc: (dy, [savedOut, savedRstd]) => {
          const dr = runOne('FusedRmsNormGrad', { dy, y: savedOut, rstd: savedRstd });
          // Two tensors, because tfjs disposes of gradients one by one.
          return y ? [dr, tf.clone(dr)] : dr;
        },
      };
    }) as T;
  }

  function embedSum(table: Tensor2D, indices: Tensor2D): Tensor2D {
    if (!engine.isTapeOn()) return runOne('FusedEmbedSum', { table, indices }) as Tensor2D;
    return withGradient(tf, [table], ([input], save) => {
      const y = runOne('FusedEmbedSum', { table: input, indices });
      save([indices]);
      return {
        value: y,
        gradFunc: (dy, [saved]) =>
          runOne('FusedEmbedSumGrad', { dy, indices: saved }, { rows: table.shape[0] }),
      };
    }) as Tensor2D;
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

function named(names: string[], tensors: Tensor[]): Named {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
}
