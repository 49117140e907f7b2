/**
 * A batch as sparse rows (see `features.ts`). B samples, R objects and W words in all; each sample's
 * objects and each sentence's words are consecutive.
 */
export interface Inputs {
  batch: number;
  /** [B, STATE_FEATURES] */
  state: Int32Array;
  /** [R, OBJECT_FEATURES] */
  objects: Int32Array;
  /** [R, 4]: what each object reads: its mission and its sample's events, as (first word, count, W + first event, count). */
  objectReads: Int32Array;
  /** [E]: which of the objects are events. */
  events: Int32Array;
  /** [W, WORD_FEATURES]: the words of every *distinct* sentence of the batch. */
  words: Int32Array;
  /** [W, 4]: for each word its own sentence as (first word, count, 0, 0). */
  sentences: Int32Array;
  /** [B, 4]: for each sample (first object, count, R + first word, count) in the token pool. */
  tokens: Int32Array;
}
