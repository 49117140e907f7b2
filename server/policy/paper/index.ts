export type { CallOptions, CallOutputs, Carry, PuzzleBatch, RandomSource } from './act.ts';
export { callModel, disposeCarry, initialCarry } from './act.ts';
export type { BlockContext, BlockWeights, Layer } from './blocks.ts';
export {
  attention,
  block,
  linear,
  prepareLayers,
  reasoningModule,
  rmsNorm,
  rotaryTables,
  swiGlu,
} from './blocks.ts';
export type { HrmCheckFailure, HrmCheckOptions, HrmCheckResult } from './check.ts';
export { runHrmCheck } from './check.ts';
export type { PaperArch, PaperConfig } from './config.ts';
export {
  bufferShapes,
  countParameters,
  PaperConfigError,
  paperSizes,
  parameterShapes,
  parsePaperConfig,
  swigluWidth,
} from './config.ts';
export type { LossType } from './losses.ts';
export { binaryCrossEntropy, IGNORE_LABEL, logStablemax, tokenLosses } from './losses.ts';
export type { LossMetrics, LossResult } from './lossHead.ts';
export { lossAndGradients } from './lossHead.ts';
export type { PaperModel, PaperOutput } from './model.ts';
export { createPaperModel, forward } from './model.ts';
export type { Held, ModuleStep, RecursionOptions, States } from './recursion.ts';
export { hrmRecursion, trmRecursion, withoutGradient } from './recursion.ts';
export type { PaperWeights } from './weights.ts';
export { bareName, initWeights, loadReferenceWeights } from './weights.ts';
