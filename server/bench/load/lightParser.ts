import { EventEmitter } from 'node:events';

/**
 * A Socket.IO parser for thousands of viewers on one machine. Where a thousand browsers would parse
 * every message on their own machines, this one parses only what is measured. It reads text packets of the main
 * namespace, the only ones that this protocol sends.
 */
const EVENT = 2;

interface Packet {
  type: number;
  id?: number;
  data?: unknown;
}

/** Events that are measured by the first characters of their content. */
export interface Glance {
  /** Milliseconds since 1970, of an episode. */
  createdAt: number;
  characters: number;
}

class Encoder {
  encode({ type, id, data }: Packet): string[] {
    return [`${type}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`];
  }
}

class Decoder extends EventEmitter {
  add(text: string): void {
    let at = 1;
    while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++;
    const type = Number(text[0]);
    const rest = text.slice(at);
    this.emit('decoded', {
      type,
      nsp: '/',
      ...(at > 1 && { id: Number(text.slice(1, at)) }),
      data: type === EVENT ? eventOf(rest) : parsed(rest),
    });
  }

  destroy(): void {}
}

function eventOf(text: string): unknown[] {
  const name = text.slice(2, text.indexOf('"', 2));
  if (name !== 'episode:new') return [name];
  const at = text.indexOf('"createdAt":') + 12;
  const createdAt = Number.parseInt(text.slice(at, at + 15), 10);
  return [name, { createdAt, characters: text.length } satisfies Glance];
}

function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

export const LIGHT_PARSER = { Encoder, Decoder };
