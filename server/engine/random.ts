/** Park and Miller's generator, uniform in (0, 1): the same network and data in every measurement. */
export function parkMiller(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
