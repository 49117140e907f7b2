// Exports of the kernel module. The memory is imported: it is the tensor backend's own.
export { setEdgeTile, setNative, gemmNN, gemmNT, gemmTN, panelBytes, tnScratch } from './gemm';
export { addRmsNorm, rmsNormGrad } from './norm';
export { swiglu, swigluGrad, swigluScratch, swigluGradScratch } from './swiglu';
export {
  attentionBlock, attentionBlockGrad, attentionScratch, attentionGradScratch,
} from './attention';
export { embedSum, embedSumGrad, indexLow, indexHigh, columnSum } from './tables';
export { categorical, categoricalGrad } from './losses';
export { sumSquares, adam } from './adam';
export { sigmoidArray, sigmoidGradArray, siluArray, siluGradArray } from './activations';
export { raggedAttention, raggedAttentionGrad } from './ragged';
export { setExpTable } from './simd';
