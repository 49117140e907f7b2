import type { Redis, RedisOptions } from 'ioredis';
import type { Packages } from './packages.ts';
import { QueueError } from './queueError.ts';
import { within } from './within.ts';

const FORMS = 'redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// with TLS';
/** What BullMQ is made for; from 5.0 on it works with a warning for each connection. */
const OLDEST = [6, 2] as const;
const CONNECT_MS = 5000;
/** To all that is asked at the beginning. */
const ANSWER_MS = 10_000;

export interface RedisAddress {
  url: URL;
  /** For messages: without the password. */
  shown: string;
}

/** Throws a QueueError that says what is accepted. */
export function readRedisUrl(given: string): RedisAddress {
  const wrong = (what: string) =>
    new QueueError(`--redis is ${JSON.stringify(hidden(given))}${what}; accepted: ${FORMS}`);
  if (!URL.canParse(given)) throw wrong('');
  const url = new URL(given);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw wrong('');
  if (url.hostname === '') throw wrong(', which names no host');
  if (!/^(\/\d*)?$/.test(url.pathname)) throw wrong(', whose database is no number');
  if (url.search !== '' || url.hash !== '') throw wrong(', which has more after the database');
  if (url.port === '') url.port = '6379';
  return { url, shown: hidden(url.href) };
}

/** A password is in no message and no log. */
const hidden = (text: string) => text.replace(/\/\/[^/@]*@/, '//***@');

/** A connection that comes again by itself. The first time must succeed. */
export interface OpenRedis {
  client: Redis;
  version: string;
  address: RedisAddress;
}

/**
 * Connects, and looks whether this Redis will do. Throws a QueueError that says what does not.
 * @param say told when the connection is lost, and when it is there again
 */
export async function openRedis(
  { Redis: Client }: Packages,
  given: string,
  say: (line: string) => void,
): Promise<OpenRedis> {
  const address = readRedisUrl(given);
  const password = process.env.REDISCLI_AUTH;
  let isOpen = false;
  let trouble: Error | undefined;
  const options: RedisOptions = {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // A command waits while Redis is away, for as long as that takes.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (isOpen ? Math.min(100 * attempt, 1000) : null),
    ...(address.url.password === '' && password ? { password } : {}),
  };
  const client = new Client(address.url.href, options);
  client.on('error', (error) => {
    trouble = error;
  });
  const failed = (why: string) => {
    client.disconnect();
    return new QueueError(`--redis is ${address.shown}: ${why}`);
  };
  const info = await within(
    ANSWER_MS,
    client.connect().then(() => client.info()),
  ).catch((error: Error) => {
    trouble ??= error;
  });
  if (info === undefined) trouble ??= new Error('timed out');
  if (trouble || info === undefined) throw failed(whyNot(trouble!, address));
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  if (!isNewEnough(version))
    throw failed(`that is Redis ${version}; accepted: ${OLDEST.join('.')} or newer`);
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  if (policy !== 'noeviction')
    throw failed(
      `its maxmemory-policy is ${policy}, with which it forgets trainings when its memory is full; accepted: noeviction`,
    );
  isOpen = true;
  tellOutages(client, address, say);
  return { client, version, address };
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function tellOutages(client: Redis, { shown }: RedisAddress, say: (line: string) => void): void {
  let isAway = false;
  client.on('reconnecting', () => {
    if (!isAway) say(`Redis at ${shown} is away; waiting for it`);
    isAway = true;
  });
  client.on('ready', () => {
    if (isAway) say(`Redis at ${shown} is there again`);
    isAway = false;
  });
}

/** Why it could not be connected to, in plain words. */
function whyNot(error: Error, { url }: RedisAddress): string {
  const { message } = error;
  const { code } = error as NodeJS.ErrnoException;
  if (/NOAUTH/.test(message))
    return 'it wants a password; accepted: redis://:PASSWORD@HOST, or the environment variable REDISCLI_AUTH';
  if (/WRONGPASS|invalid password|AUTH failed/i.test(message))
    return 'it refused the password; accepted: the one of its requirepass, or of a user';
  if (/without any password configured|no password is set/i.test(message))
    return 'it knows no password; accepted: an address without one';
  if (/DB index is out of range/.test(message))
    return `it has no database ${url.pathname.slice(1)}; accepted: 0 to 15 as usual`;
  if (code === 'ECONNREFUSED' || /ECONNREFUSED/.test(message))
    return 'nothing listens there; accepted: a Redis that runs and can be reached from here';
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'it closed the connection; accepted: a Redis that takes connections from here, with TLS (rediss://) where it wants that';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no host of that name';
  if (/ETIMEDOUT|timed? ?out/i.test(message))
    return `it did not answer within ${ANSWER_MS / 1000} s${url.protocol === 'rediss:' ? '; it may speak without TLS: redis://' : ''}`;
  return `it cannot be used (${message.split('\n')[0]}); accepted: a server that speaks Redis's protocol`;
}
