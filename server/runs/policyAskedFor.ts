import type { CommandPayload } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import { natureOf, unmetWish } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';

/**
 * Kind and size of a new run's policy, as its information says them: of a file, what it holds. Throws a
 * RequestError where another one is asked for. A file that does not read is the trainer's to refuse.
 */
export async function policyAskedFor(
  { policy, preset }: Pick<CommandPayload<'run:create'>, 'policy' | 'preset'>,
  init: string,
  file: string,
): Promise<{ policy: string; preset: string }> {
  const asked = { policy: policy ?? 'hrm', preset: preset ?? 'nano' };
  if (init === 'scratch') return asked;
  const found = await readPolicy(file).then(
    ({ config }) => natureOf(config),
    () => undefined,
  );
  if (found === undefined) return asked;
  const unmet = unmetWish({ policy, preset }, found, init);
  if (unmet) throw new RequestError('bad-request', `${unmet.field} ${unmet.message}`, unmet.field);
  return { ...found };
}
