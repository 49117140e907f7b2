import { isIPv6 } from 'node:net';
import os from 'node:os';
import { isLoopback } from './access.ts';

/**
 * Addresses at which other machines reach a server, best first: none where it listens on this machine alone.
 * Those that were named with `--allow-origin` come first, since somebody set them up for others.
 */
export function reachableAt(
  host: string,
  port: number,
  origins: readonly string[] = [],
  interfaces = os.networkInterfaces(),
): string[] {
  const named = origins.map((origin) => new URL(origin).origin);
  if (isLoopback(host)) return named;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const own = isEverywhere
    ? Object.values(interfaces).flatMap((list) =>
        (list ?? [])
          .filter(({ internal, family }) => !internal && family === 'IPv4')
          .map(({ address }) => address),
      )
    : [host];
  return [...named, ...own.map((one) => `http://${isIPv6(one) ? `[${one}]` : one}:${port}`)];
}
