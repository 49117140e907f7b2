import { missionRows, STATE_FEATURES, WORD_FEATURES } from '../tasks/babyai/features.ts';
import { MAX_OBJECTS, OBJECT_FEATURES } from '../tasks/babyai/objectTokens.ts';
import { OBJECTS_STRIDE, type ObservationRows } from '../tasks/babyai/observation.ts';
import type { Inputs } from './model.ts';

/** Packs observations into the policy's ragged batches. The next call reuses the buffers. */
export class InputBuilder {
  private state: Int32Array = new Int32Array(0);
  private objects: Int32Array = new Int32Array(0);
  private objectReads: Int32Array = new Int32Array(0);
  private events: Int32Array = new Int32Array(0);
  private tokens: Int32Array = new Int32Array(0);
  private words: Int32Array = new Int32Array(0);
  private sentences: Int32Array = new Int32Array(0);
  private readonly firstWord = new Map<string, number>();

  /** Rows for the samples listed in `rows` (all B when absent). */
  build(from: ObservationRows, rows?: Int32Array): Inputs {
    const batch = rows ? rows.length : from.missions.length;
    this.reserve(batch);
    const wordCount = this.buildWords(from, rows, batch);
    let objectCount = 0;
    let eventCount = 0;
    for (let i = 0; i < batch; i++) {
      const sample = rows ? rows[i] : i;
      this.state.set(
        from.state.subarray(sample * STATE_FEATURES, (sample + 1) * STATE_FEATURES),
        i * STATE_FEATURES,
      );
      const found = from.counts[sample];
      const own = sample * OBJECTS_STRIDE;
      this.objects.set(
        from.objects.subarray(own, own + found * OBJECT_FEATURES),
        objectCount * OBJECT_FEATURES,
      );
      const mission = from.missions[sample];
      const first = this.firstWord.get(mission)!;
      const length = missionRows(mission).length / WORD_FEATURES;
      const events = from.events[sample];
      for (let o = objectCount; o < objectCount + found; o++) {
        this.objectReads[o * 4] = first;
        this.objectReads[o * 4 + 1] = length;
        this.objectReads[o * 4 + 2] = wordCount + eventCount;
        this.objectReads[o * 4 + 3] = events;
      }
      for (let e = 0; e < events; e++) this.events[eventCount++] = objectCount + found - events + e;
      this.tokens[i * 4] = objectCount;
      this.tokens[i * 4 + 1] = found;
      this.tokens[i * 4 + 2] = first;
      this.tokens[i * 4 + 3] = length;
      objectCount += found;
    }
    for (let i = 0; i < batch; i++) this.tokens[i * 4 + 2] += objectCount;
    return {
      batch,
      state: this.state.subarray(0, batch * STATE_FEATURES),
      objects: this.objects.subarray(0, objectCount * OBJECT_FEATURES),
      objectReads: this.objectReads.subarray(0, objectCount * 4),
      events: this.events.subarray(0, eventCount),
      words: this.words.subarray(0, wordCount * WORD_FEATURES),
      sentences: this.sentences.subarray(0, wordCount * 4),
      tokens: this.tokens.subarray(0, batch * 4),
    };
  }

  /** Each distinct sentence once; `firstWord` then tells where it begins. */
  private buildWords(from: ObservationRows, rows: Int32Array | undefined, batch: number): number {
    this.firstWord.clear();
    let count = 0;
    for (let i = 0; i < batch; i++) {
      const mission = from.missions[rows ? rows[i] : i];
      if (this.firstWord.has(mission)) continue;
      this.firstWord.set(mission, count);
      const sentence = missionRows(mission);
      const length = sentence.length / WORD_FEATURES;
      this.words = grown(this.words, (count + length) * WORD_FEATURES);
      this.sentences = grown(this.sentences, (count + length) * 4);
      this.words.set(sentence, count * WORD_FEATURES);
      for (let w = count; w < count + length; w++) {
        this.sentences.set([count, length, 0, 0], w * 4);
      }
      count += length;
    }
    return count;
  }

  private reserve(batch: number): void {
    this.state = grown(this.state, batch * STATE_FEATURES);
    this.tokens = grown(this.tokens, batch * 4);
    this.objects = grown(this.objects, batch * MAX_OBJECTS * OBJECT_FEATURES);
    this.objectReads = grown(this.objectReads, batch * MAX_OBJECTS * 4);
    this.events = grown(this.events, batch * MAX_OBJECTS);
  }
}

/** The same array when it is long enough, else a longer copy. */
function grown(array: Int32Array, length: number): Int32Array {
  if (array.length >= length) return array;
  const bigger = new Int32Array(Math.max(length, array.length * 2));
  bigger.set(array);
  return bigger;
}
