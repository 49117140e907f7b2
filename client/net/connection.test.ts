import { expect, test } from '@jest/globals';
import type { Ack } from '../../shared/protocol.ts';
import { CommandError, type Emitter, sendCommand } from './connection.ts';

/** A socket that answers each command in one way. */
function answering(error: Error | null, ack?: Ack<unknown>): Emitter & { sent: unknown[] } {
  const sent: unknown[] = [];
  return {
    sent,
    timeout: () => ({
      emit: (name, payload, done) => {
        sent.push([name, payload]);
        done(error, ack as Ack<unknown>);
      },
    }),
  };
}

test('a command resolves with what the server acknowledged', async () => {
  const socket = answering(null, { ok: true, data: { runs: [] } });
  expect(await sendCommand(socket, 'run:list', {})).toEqual({ runs: [] });
  expect(socket.sent).toEqual([['run:list', {}]]);
});

test('a refusal and a missing answer reject with a message, a code and the field', async () => {
  const refused = answering(null, {
    ok: false,
    error: { code: 'bad-request', message: 'bump is 9; accepted: …', field: 'rewards.bump' },
  });
  const refusal = sendCommand(refused, 'run:rewards', { runId: 'r', rewards: { bump: 9 } });
  await expect(refusal).rejects.toMatchObject({ code: 'bad-request', field: 'rewards.bump' });
  await expect(refusal).rejects.toBeInstanceOf(CommandError);
  await expect(
    sendCommand(answering(new Error('timed out')), 'run:list', {}),
  ).rejects.toMatchObject({ code: 'timeout', message: 'The server did not answer in time.' });
});
