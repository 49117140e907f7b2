import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import os from 'node:os';

/** What someone may do: see everything, or also change it. */
export type Right = 'none' | 'watch' | 'control';

export interface AccessOptions {
  /** The address that the server binds to. */
  host: string;
  /** Needed to control; without one (loopback only) everybody who reaches the server may. */
  token?: string;
  /** Needed to watch; without one everybody who reaches the server may. */
  watchToken?: string;
  /** Further origins (`https://example.org`) whose pages may connect, such as a proxy's. */
  origins?: readonly string[];
}

/** Shortest token accepted from a person; generated ones have 32 characters. */
export const MIN_TOKEN_LENGTH = 12;

export function generateToken(): string {
  return randomBytes(24).toString('base64url');
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

const OWN_NAMES: ReadonlySet<string> = new Set(
  [os.hostname(), `${os.hostname()}.local`].map((name) => name.toLowerCase()),
);

/** Decides what a caller may do, and which web pages may call at all. */
export class Access {
  private readonly options: AccessOptions;
  private readonly origins: ReadonlySet<string>;

  constructor(options: AccessOptions) {
    if (!options.token && !isLoopback(options.host))
      throw new Error(`A server on ${options.host} needs a control token.`);
    this.options = options;
    this.origins = new Set((options.origins ?? []).map((origin) => new URL(origin).origin));
  }

  rightOf(presented: string | undefined): Right {
    const { token, watchToken } = this.options;
    if (token === undefined || isSame(presented, token)) return 'control';
    return watchToken === undefined || isSame(presented, watchToken) ? 'watch' : 'none';
  }

  /** True where a token was presented that is none of this server's, although it has some. */
  isWrong(presented: string | undefined): boolean {
    const tokens = [this.options.token, this.options.watchToken].filter((one) => one !== undefined);
    if (presented === undefined || tokens.length === 0) return false;
    return !tokens.some((token) => isSame(presented, token));
  }

  /** Whether a token is needed even to watch. */
  get needsToWatch(): boolean {
    return this.options.watchToken !== undefined;
  }

  /** The right of an HTTP request, by its `Authorization: Bearer` header. */
  rightOfRequest(request: IncomingMessage): Right {
    return this.rightOf(presentedBy(request));
  }

  /**
   * False for a page of another site that makes its visitor's browser call this server (its `Origin`
   * gives it away), and for a name that was made to point here (its `Host` does).
   */
  allows(request: IncomingMessage): boolean {
    const host = hostName(request.headers.host);
    if (host === undefined || !this.answersTo(request)) return false;
    const { origin } = request.headers;
    // An image or script of a page elsewhere has no origin, but the browser says where it is. Links may lead here.
    const isElsewhere = request.headers['sec-fetch-site'] === 'cross-site';
    const isLink = request.headers['sec-fetch-mode'] === 'navigate';
    if (origin === undefined) return !isElsewhere || (isLink && !request.url?.startsWith('/api/'));
    if (this.origins.has(origin)) return true;
    const from = hostName(origin.replace(/^[a-z]+:\/\//, ''));
    if (from === undefined) return false;
    // A development server of this machine runs on another port.
    return isLoopback(from) && isLoopback(host)
      ? true
      : origin.replace(/^[a-z]+:\/\//, '') === request.headers.host;
  }

  /** Whether the `Host` is a name of this server. */
  answersTo({ headers }: IncomingMessage): boolean {
    const host = hostName(headers.host);
    return host !== undefined && (this.isOwnName(host) || this.knowsHost(headers.host));
  }

  /**
   * A page of a name that was made to point here (DNS rebinding) sends that name, so only known names are
   * answered: this machine's, and any address as such, which no name can be made of. Others are listed with
   * `--allow-origin`.
   */
  private isOwnName(host: string): boolean {
    const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
    const { host: bound, token } = this.options;
    if (isLoopback(bare) || bare === bound.toLowerCase()) return true;
    // Without a token the server is bound to loopback, and is reached by nothing else.
    return token !== undefined && (isIP(bare) !== 0 || OWN_NAMES.has(bare));
  }

  private knowsHost(host: string | undefined): boolean {
    return [...this.origins].some((origin) => new URL(origin).host === host);
  }
}

/** The token in a request's `Authorization: Bearer` header. */
export function presentedBy(request: IncomingMessage): string | undefined {
  return /^Bearer (\S{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
}

function hostName(host: string | undefined): string | undefined {
  return host === undefined ? undefined : /^(\[[0-9a-fA-F:.]+\]|[^:/\s]+)(:\d+)?$/.exec(host)?.[1];
}

/** In the same time whether the first or the last character is wrong. */
function isSame(presented: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented ?? ''), digest(token)) && presented !== undefined;
}
