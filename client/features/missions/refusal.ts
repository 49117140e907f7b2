/**
 * Whether nothing is wrong with a sentence that was refused: it stops where more has to come, or its last word
 * is the beginning of one that fits. `refusal` is what the mission language says of it, `expected` what could
 * stand where it does not fit.
 */
export function isBegun(sentence: string, refusal: string, expected: readonly string[]): boolean {
  const character = / does not fit \(character (\d+)\)/.exec(refusal)?.[1];
  if (character === undefined) return expected.length > 0;
  // All that follows, not its last word: a fitting word after one that does not fit mends nothing.
  const rest = sentence.slice(Number(character) - 1).toLowerCase();
  return expected.some((word) => word.startsWith(rest));
}
