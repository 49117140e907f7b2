import {
  COMMANDS,
  type CommandName,
  ERROR_CODES,
  type WireError,
} from '../../../shared/protocol.ts';
import type { CommandInput } from './commandInputs.ts';
import type { Exchange } from './rawTcp.ts';

export interface Verdict {
  outcome: string;
  /** Set if the answer is not allowed. */
  finding?: string;
}

/** True if the schema accepts the payload and it is a plain object. */
export function isAcceptable({ event, args }: CommandInput): boolean {
  if (!Object.hasOwn(COMMANDS, event) || args.length !== 1 || Buffer.isBuffer(args[0]))
    return false;
  const payload = overTheWire(args[0]);
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return false;
  return COMMANDS[event as CommandName].payload.safeParse(payload).success;
}

function overTheWire(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
}

/** Judges the answer to a command that asked for one. */
export function judgeCommand(input: CommandInput, answer: unknown): Verdict {
  if (typeof answer === 'string') return { outcome: answer, finding: `answered by ${answer}` };
  const { ok, error, data } = (answer ?? {}) as { ok?: unknown; error?: WireError; data?: unknown };
  if (ok === true) {
    const finding = isAcceptable(input)
      ? data === undefined || data === null || typeof data !== 'object'
        ? 'accepted without data'
        : undefined
      : 'accepted what the schema refuses';
    return { outcome: 'accepted', finding };
  }
  const outcome = `refused: ${error?.code}`;
  if (ok !== false || !error || !(ERROR_CODES as readonly string[]).includes(error.code))
    return { outcome, finding: `an acknowledgement of another form: ${JSON.stringify(answer)}` };
  if (error.code === 'internal' || error.code === 'storage')
    return { outcome, finding: `${error.code}: ${error.message}` };
  const isClear = typeof error.message === 'string' && error.message.length > 5;
  return { outcome, finding: isClear ? undefined : 'refused without a reason' };
}

/** Text that only the server's own files, or the machine's, contain. */
const SECRETS = [
  /root:[x*]?:0:0/,
  /"name": "planner-and-doer"/,
  /-----BEGIN/,
  /\bat \S+ \(.*:\d+:\d+\)/,
];

/** Judges the answer to something sent over HTTP. */
export function judgeHttp({ text, ended }: Exchange): Verdict {
  if (!ended) return { outcome: 'http: hang', finding: 'no end of the answer' };
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  const outcome = `http: ${status ?? 'closed'}`;
  const secret = SECRETS.find((pattern) => pattern.test(text));
  if (secret) return { outcome, finding: `the answer holds ${secret}` };
  if (status?.startsWith('5') && status !== '501')
    return { outcome, finding: `status ${status}: ${text.slice(-200)}` };
  return { outcome };
}
