/** The words of BabyAI's Baby Language. Checkpoints depend on their order. */
export const WORDS = [
  'go',
  'to',
  'open',
  'pick',
  'up',
  'put',
  'next',
  'and',
  'then',
  'after',
  'you',
  'the',
  'a',
  'red',
  'green',
  'blue',
  'purple',
  'yellow',
  'grey',
  'key',
  'ball',
  'box',
  'door',
  'object',
  'on',
  'your',
  'left',
  'right',
  'in',
  'front',
  'of',
  'behind',
] as const;
export const NUM_WORDS = WORDS.length;
/** Longest sentence that the encoder takes. BabyAI's longest has four put-next leaves of 18 words and three connectives. */
export const MAX_MISSION_WORDS = 96;

const INDEX = new Map<string, number>(WORDS.map((word, index) => [word, index]));

/**
 * Word indices of a mission sentence (case and commas ignored).
 * Throws an Error naming the word that is not part of the language.
 */
export function tokenizeMission(mission: string): Int32Array {
  const words = mission.toLowerCase().replaceAll(',', ' ').split(/\s+/).filter(Boolean);
  if (words.length > MAX_MISSION_WORDS) {
    throw new Error(`mission has ${words.length} words; accepted: at most ${MAX_MISSION_WORDS}`);
  }
  return Int32Array.from(words, (word) => {
    const index = INDEX.get(word);
    if (index === undefined) {
      throw new Error(`mission has the word "${word}"; accepted: ${WORDS.join(', ')}`);
    }
    return index;
  });
}
