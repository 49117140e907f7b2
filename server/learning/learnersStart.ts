import type { LearnersStart } from '../../shared/usualLearning.ts';
import { KINDS } from '../policy/kinds/index.ts';
import type { PolicyFile } from '../policy/policyFile.ts';

/**
 * What a run starts from, as far as its way of learning depends on it. Whoever keeps no map was taught single rooms at most:
 * more than that cannot be cloned without one.
 * @param file undefined for random weights
 */
export function learnersStart(
  file: Pick<PolicyFile, 'config' | 'history'> | undefined,
): LearnersStart {
  if (!file) return { isScratch: true, hasPlanner: true, isTaught: false };
  const { config, history } = file;
  return {
    isScratch: false,
    hasPlanner: KINDS[config.kind].planner !== undefined,
    isTaught: config.memory === true && history.some(({ mode }) => mode === 'clone'),
  };
}
