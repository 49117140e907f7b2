/** A record with a value for each of some keys. */
export function recordOf<K extends string, V>(
  keys: readonly K[],
  of: (key: K, index: number) => V,
): Record<K, V> {
  return Object.fromEntries(keys.map((key, i) => [key, of(key, i)])) as Record<K, V>;
}
