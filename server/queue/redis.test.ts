import { createServer, type Server } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { OwnRedis } from '../bench/queue/ownRedis.ts';
import { loadPackages } from './packages.ts';
import { testWithRedis } from './redis.testing.ts';
import { openRedis, readRedisUrl } from './redis.ts';

const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

async function refusal(url: string): Promise<string> {
  const opened = openRedis(await loadPackages(), url, () => undefined);
  return opened.then(
    ({ client }) => {
      client.disconnect();
      return 'it was taken';
    },
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

test.each([
  ['localhost:6379', /"localhost:6379"; accepted: redis:\/\//],
  ['http://host', /"http:\/\/host"; accepted/],
  ['redis://', /accepted: redis:\/\//],
  ['redis://host/first', /whose database is no number/],
  ['redis://host?tls=1', /more after the database/],
  ['redis://:secret@host/first', /"redis:\/\/\*\*\*@host\/first"/],
])('%s is no address of a Redis', (url, message) => {
  expect(() => readRedisUrl(url)).toThrow(message);
});

test('an address has its usual port', () => {
  expect(readRedisUrl('redis://host')).toMatchObject({ shown: 'redis://host:6379' });
});

/** A server that answers everything so. */
function serverThatSays(answer: (asked: string) => string): Promise<string> {
  return new Promise((resolve) => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const asked of data
          .toString('latin1')
          .split(/^\*\d+\r\n/m)
          .slice(1))
          socket.write(answer(asked));
      });
    });
    server.listen(0, '127.0.0.1', () => {
      ends.push(() => server.close());
      resolve(`redis://127.0.0.1:${(server.address() as { port: number }).port}`);
    });
  });
}

test('what does not answer as Redis does, or is too old, is refused in one sentence', async () => {
  const info = 'redis_version:5.0.14\r\n';
  const old = await serverThatSays((asked) =>
    /\ninfo\r/i.test(asked)
      ? `$${info.length}\r\n${info}\r\n`
      : `-ERR unknown command \`HELLO\`, with args beginning with: \`3\`, \r\n`,
  );
  expect(await refusal(old)).toMatch(
    /^QueueError: --redis is redis:\S+: that is Redis 5\.0\.14; accepted: 6\.2 or newer$/,
  );
  const web = await serverThatSays(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
  expect(await refusal(web)).toMatch(/^QueueError: .*accepted: a server that speaks Redis/);
  expect(await refusal('redis://127.0.0.1:1')).toMatch(/nothing listens there; accepted/);
});

testWithRedis(
  'a password that is missing or wrong, and a Redis that forgets, are refused',
  async () => {
    const redis = await OwnRedis.start('--requirepass', 'right');
    ends.push(() => redis.end());
    const at = (login: string) => redis.url.replace('//', `//${login}`);
    expect(await refusal(redis.url)).toMatch(/it wants a password; accepted/);
    expect(await refusal(at(':wrong@'))).toMatch(/it refused the password; accepted/);
    expect(await refusal(at(':wrong@'))).not.toContain('wrong@');
    expect(await refusal(`${at(':right@')}/99`)).toMatch(/no database 99/);
    const { client, version } = await openRedis(
      await loadPackages(),
      at(':right@'),
      () => undefined,
    );
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    client.disconnect();
    expect(await refusal(at(':right@'))).toMatch(
      /maxmemory-policy is allkeys-lru.*accepted: noeviction/,
    );
  },
);
