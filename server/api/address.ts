import type { IncomingMessage } from 'node:http';

/**
 * The address that a request came from: that of the connection, or, behind so many proxies of one's own,
 * what the outermost of them says in `X-Forwarded-For`. What clients themselves write there comes
 * before that and is not believed.
 */
export function addressOf(request: IncomingMessage, proxies: number): string {
  const said = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const from = [...said, request.socket.remoteAddress ?? ''];
  return from[Math.max(0, from.length - 1 - proxies)] ?? '';
}

/** Counts what each address holds, and forgets those that hold nothing. */
export class Holdings {
  private readonly counts = new Map<string, number>();

  of(address: string): number {
    return this.counts.get(address) ?? 0;
  }

  /** Returns what gives it back, once. */
  take(address: string): () => void {
    this.counts.set(address, this.of(address) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = this.of(address) - 1;
      if (left > 0) this.counts.set(address, left);
      else this.counts.delete(address);
    };
  }
}
