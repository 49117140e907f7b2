import { adamTerms } from './adamTerms.ts';
import { ownData } from './flat.ts';
import type { Ops, TF } from './types.ts';
import type { WasmHost } from './wasmHost.ts';

/** Adam by one wasm kernel for each parameter. */
export function wasmAdam(tf: TF, host: WasmHost): Ops['adamStep'] {
  return (params, grads, m, v, settings) => {
    const { kernels, pointer } = host;
    let squares = 0;
    for (const g of grads) squares += kernels.sumSquares(pointer(g), g.size);
    const gradNorm = Math.sqrt(squares);
    if (!Number.isFinite(gradNorm)) return gradNorm;
    const { scale, lr, beta1, beta2, eps, weightDecay, c1, c2 } = adamTerms(settings, gradNorm);
    for (const variable of [...params, ...m, ...v]) ownData(tf, variable);
    params.forEach((w, i) => {
      kernels.adam(
        pointer(w),
        pointer(grads[i]),
        pointer(m[i]),
        pointer(v[i]),
        w.size,
        scale,
        lr,
        beta1,
        beta2,
        eps,
        weightDecay,
        c1,
        c2,
      );
    });
    return gradNorm;
  };
}
