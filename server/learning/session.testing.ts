import { PolicySession } from './session.ts';
import type { SessionOptions } from './sessionOptions.ts';

/** Runs `use` with a session that is ended afterwards, whatever happens. */
export async function withSession<T>(
  options: SessionOptions,
  use: (session: PolicySession) => Promise<T>,
  resume?: string,
): Promise<T> {
  const session = await PolicySession.create(options, resume);
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

/** Makes so many updates; resolves with the hash of the weights after them. */
export const updated = (updates: number) => async (session: PolicySession) => {
  for (let i = 0; i < updates; i++) await session.update();
  return (await session.hash()).weightsHash;
};
