import type { IncomingMessage, Server } from 'node:http';

/** Segments of letters, digits and a few signs between slashes: nothing that means anything else in a URL or a route. */
const BASE = /^\/(?:[A-Za-z0-9._~-]+\/)*$/;

/** What is wrong with a path that the page is to be served under, in words. */
export function checkBase(value: string): string | undefined {
  return BASE.test(value) && !/\/\.{1,2}\//.test(value)
    ? undefined
    : 'accepted: a path that begins and ends with a slash, such as /lab/';
}

/**
 * Takes the path away that a proxy passes on requests under, so that everything behind works as at the root: the page,
 * its files, routes and sockets. What comes without it, as from a proxy that takes it away itself or a check of health
 * on this machine, is served as well. To be called after everything else that listens to the server.
 */
export function serveUnder(server: Server, base: string): void {
  if (base === '/') return;
  const strip = (request: IncomingMessage) => {
    if (request.url?.startsWith(base)) request.url = request.url.slice(base.length - 1);
  };
  server.prependListener('request', strip);
  server.prependListener('upgrade', strip);
}

/** Where a request for the base without its last slash is to go, so that what the page names is found beside it. */
export function redirectFor(url: string, base: string): string | undefined {
  const bare = base.slice(0, -1);
  if (bare === '' || (url !== bare && !url.startsWith(`${bare}?`))) return undefined;
  return base + url.slice(bare.length);
}
