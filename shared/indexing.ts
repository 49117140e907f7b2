/**
 * The entry at an index that the caller knows to be in range.
 * Throws a RangeError otherwise, so that a wrong index is found where it is used.
 */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const entry = list[index];
  if (entry === undefined) throw new RangeError(`no entry ${index} in a list of ${list.length}`);
  return entry;
}

/** Each entry with the one that follows it: one pair fewer than entries. */
export function pairs<T>(list: readonly T[]): [T, T][] {
  return list.slice(1).map((next, i) => [at(list, i), next]);
}
