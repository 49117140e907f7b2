import type { Tensor, TF } from './types.ts';

type Save = (tensors: Tensor[]) => void;

/**
 * `f` of some tensors as one operation with a written-out gradient: tf.customGrad with its arguments as a list.
 * `f` saves what `gradFunc` gets back as its second argument, and gives a gradient for every input.
 */
export function withGradient(
  tf: TF,
  inputs: readonly Tensor[],
  f: (
    inputs: Tensor[],
    save: Save,
  ) => { value: Tensor; gradFunc(dy: Tensor, saved: Tensor[]): Tensor | Tensor[] },
): Tensor {
  const op = tf.customGrad((...args) => {
    // Cast: tfjs passes its `save` after the tensors, and types all arguments as tensors.
    const save = args[inputs.length] as unknown as Save;
    const { value, gradFunc } = f(args.slice(0, inputs.length) as Tensor[], save);
    return { value, gradFunc: (dy, saved) => gradFunc(dy as Tensor, saved) };
  });
  return op(...inputs);
}
