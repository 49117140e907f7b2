import { EventEmitter } from 'node:events';

/**
 * A Socket.IO parser for viewers by the thousand on one machine: what a thousand browsers would read
 * on a thousand machines is here only looked at where something is measured. Text packets of the main
 * namespace, which are all that this protocol has.
 */
const EVENT = 2;

interface Packet {
  type: number;
  id?: number;
  data?: unknown;
}

/** Events whose content is measured by what stands in its first characters. */
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
