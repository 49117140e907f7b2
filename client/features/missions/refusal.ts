import type { WireError } from '../../../shared/protocol.ts';

/** What a mission's refusal says for programs. */
export type Refusal = Pick<WireError, 'word' | 'expected'>;

/**
 * Whether nothing is wrong with a text that was refused: it stops where more has to come, or its last word
 * is the beginning of one that fits.
 * @param sent the whole text, a sentence or a layout
 */
export function isBegun(sent: string, { word, expected = [] }: Refusal): boolean {
  if (word === undefined) return false;
  // An empty word: the sentence ends too early.
  if (word.text === '') return true;
  // All that follows, not its last word: a fitting word after one that does not fit mends nothing.
  const rest = (/^[^?\n]*/.exec(sent.slice(word.start))?.[0] ?? '').toLowerCase();
  return expected.some((one) => one.startsWith(rest));
}

/** A mission's refusal without the list of words, which follows on a line of its own. */
export function shortRefusal(message: string, { word }: Refusal): string {
  if (word === undefined) return message;
  if (word.text === '') return 'The sentence ends too early.';
  return `“${word.text}” does not fit (character ${word.start + 1}).`;
}
