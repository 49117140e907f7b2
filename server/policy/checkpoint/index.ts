export type {
  CheckpointContent,
  CheckpointDescription,
  Json,
  JsonObject,
  LoadedCheckpoint,
} from './checkpoint.ts';
export {
  decodeCheckpoint,
  encodeCheckpoint,
  expectWeights,
  isObject,
  loadCheckpoint,
  RUN_PREFIX,
  saveCheckpoint,
  weightsHash,
} from './checkpoint.ts';
export { CheckpointError } from './errors.ts';
export { expectFiniteOutput } from './finite.ts';
export type { Dtype, SafetensorsFile, StoredTensor, TensorMap } from './safetensors.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export { shippedNames, shippedPath } from './shippedFiles.ts';
