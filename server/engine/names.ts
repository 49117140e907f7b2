/** `wasm` has the fused kernels; `wasm-plain` is the same backend without them, for comparison. */
export const ENGINE_NAMES = ['wasm', 'wasm-plain', 'cpu', 'webgpu', 'tfjs-node'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
