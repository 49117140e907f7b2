/** How people say what the Baby Language has other words for. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...{ get: 'pick up', take: 'pick up', grab: 'pick up', fetch: 'pick up', lift: 'pick up' },
  ...{ collect: 'pick up', bring: 'pick up', find: 'go to', reach: 'go to', walk: 'go to' },
  ...{ move: 'put', place: 'put', drop: 'put', lay: 'put', unlock: 'open' },
  ...{ gray: 'grey', crate: 'box', circle: 'ball', violet: 'purple' },
};

/** The language's words for a word that it does not have; undefined where none is known, or it would not fit. */
export function sayInstead(word: string, expected: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const instead = Object.hasOwn(INSTEAD, lower) ? INSTEAD[lower] : undefined;
  return instead !== undefined && expected.includes(instead) ? instead : undefined;
}
