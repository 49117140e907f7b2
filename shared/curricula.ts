/**
 * Easier levels to learn beside a level, for runs from scratch: the worlds are shared out evenly over
 * them and the level itself. Measured in server/learning/RESULTS.md.
 */
export const CURRICULA: Readonly<Record<string, readonly string[]>> = {
  // Which of two objects the sentence means is learnt soon; which of eight never is, without that.
  'BabyAI-GoToLocal-v0': [
    'BabyAI-GoToLocalS5N2-v0',
    'BabyAI-GoToLocalS6N3-v0',
    'BabyAI-GoToLocalS8N4-v0',
  ],
};
