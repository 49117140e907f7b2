import type { CommandPayload } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import type { LearnersStart } from '../../shared/usualLearning.ts';
import { learnersStart } from '../learning/learnersStart.ts';
import { natureOf, unmetWish } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';

const UNREAD: LearnersStart = { isScratch: false, hasPlanner: true, isTaught: false };

/**
 * Kind and size of a new run's policy, as its information says them, and what it knows already: of a file, what it holds. Throws a
 * RequestError where another one is asked for. A file that does not read is the trainer's to refuse.
 */
export async function policyAskedFor(
  { policy, preset }: Pick<CommandPayload<'run:create'>, 'policy' | 'preset'>,
  init: string,
  file: string,
): Promise<{ policy: string; preset: string; start: LearnersStart }> {
  const asked = { policy: policy ?? 'hrm', preset: preset ?? 'nano' };
  if (init === 'scratch') return { ...asked, start: learnersStart(undefined) };
  const read = await readPolicy(file).catch(() => undefined);
  if (read === undefined) return { ...asked, start: UNREAD };
  const found = natureOf(read.config);
  const unmet = unmetWish({ policy, preset }, found, init);
  if (unmet) throw new RequestError('bad-request', `${unmet.field} ${unmet.message}`, unmet.field);
  return { ...found, start: learnersStart(read) };
}
