import { io, type Socket } from 'socket.io-client';
import type { Ack, RunInfo } from '../../../shared/protocol.ts';
import { MAX_NONSENSE } from '../../api/limits.ts';
import { trueReplay } from '../../api/trueReplay.testing.ts';
import { Random } from '../../policy/random.ts';
import { serverMetrics } from '../ownServer.ts';
import { commandInput, type Known } from './commandInputs.ts';
import { frameInput } from './frameInputs.ts';
import { httpInput } from './httpInputs.ts';
import { judgeCommand, judgeHttp, type Verdict } from './judge.ts';
import { exchange, openWebSocket } from './rawTcp.ts';
import { Draw } from './values.ts';

export interface FuzzOptions {
  url: string;
  inputs: number;
  seed: number;
  /** The first input's number; seed and number determine each input. */
  first?: number;
  /** Inputs on their way at the same time. */
  atOnce?: number;
  onProgress?: (line: string) => void;
}

/** Something that should never happen. */
export interface Finding {
  input: number;
  what: string;
}

export interface FuzzReport {
  inputs: number;
  /** How many ended in which way. */
  outcomes: Record<string, number>;
  findings: Finding[];
  /** The web process after each tenth of the inputs. */
  rssMb: number[];
  heapMb: number[];
  /** The longest times to an answer, and to what. */
  slowest: { input: number; ms: number; what: string }[];
}

/** An answer that takes longer is a hang. */
const PATIENCE_MS = 90_000;
const MAX_FINDINGS = 50;
const KEPT_SLOWEST = 5;
/** Growth over the second half of the inputs that cannot be chance: of the process, and of what it holds. */
const GROWTH_MB = { rssMb: 100, heapMb: 25 };

/**
 * Sends a server that many inputs of all kinds, over the real protocols, and judges every answer.
 * Expects a server whose rates let them through, with nobody else on it.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { url, inputs, seed, first = 0, atOnce = 16 } = options;
  const known = await lookAround(url);
  const report: FuzzReport = {
    inputs,
    outcomes: {},
    findings: [],
    rssMb: [],
    heapMb: [],
    slowest: [],
  };
  const tenth = Math.max(1, Math.floor(inputs / 10));
  let next = first;
  let done = 0;
  const lane = async () => {
    const sender = new Sender(url, known);
    while (next < first + inputs && report.findings.length < MAX_FINDINGS) {
      const input = next++;
      const begun = performance.now();
      const { outcome, finding, what } = await sender.send(new Draw(new Random(seed, input)));
      note(report.slowest, { input, ms: Math.round(performance.now() - begun), what });
      report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
      if (finding) report.findings.push({ input, what: `${what}: ${finding}` });
      if (++done % tenth === 0) await takeStock(url, report, done, options.onProgress);
    }
    sender.close();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  for (const key of ['rssMb', 'heapMb'] as const) {
    const grown = mean(report[key].slice(-2)) - mean(report[key].slice(4, 6));
    if (grown > GROWTH_MB[key])
      report.findings.push({ input: -1, what: `${key} grew by ${Math.round(grown)}` });
  }
  return report;
}

/** What the server holds at the start, the same for all inputs. */
async function lookAround(url: string): Promise<Known> {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  const ask = async <T>(name: string, payload: unknown): Promise<T> => {
    const answer: Ack<T> = await socket.timeout(PATIENCE_MS).emitWithAck(name, payload);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.message}`);
    return answer.data;
  };
  const replay = trueReplay('BabyAI-GoToObj-v0', 5);
  const levelId = replay.levelId;
  for (const levelSeed of [1, 2])
    await ask('run:create', { levelId, seed: levelSeed, init: 'scratch' });
  const { recording } = await ask<{ recording: { id: string } }>('recording:import', { replay });
  const { runs } = await ask<{ runs: RunInfo[] }>('run:list', {});
  socket.disconnect();
  return {
    runIds: runs.map(({ id }) => id),
    recordingIds: [recording.id],
    levelIds: [levelId, 'BabyAI-GoToLocal-v0', 'BabyAI-BossLevel-v0', 'BabyAI-Nope-v0'],
    replay,
  };
}

function note(slowest: FuzzReport['slowest'], entry: FuzzReport['slowest'][number]): void {
  slowest.push(entry);
  slowest.sort((a, b) => b.ms - a.ms);
  slowest.length = Math.min(slowest.length, KEPT_SLOWEST);
}

/** Checks that the server still answers, and measures its size. */
async function takeStock(
  url: string,
  report: FuzzReport,
  done: number,
  say: FuzzOptions['onProgress'],
): Promise<void> {
  try {
    const health = await fetch(new URL('/api/health', url), {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (health.status !== 200) throw new Error(`/api/health says ${health.status}`);
    const metrics = await serverMetrics(url);
    report.rssMb.push(Math.round(metrics.get('process_resident_memory_bytes')! / 1e6));
    report.heapMb.push(Math.round(metrics.get('nodejs_heap_size_used_bytes')! / 1e6));
    say?.(`${done} inputs, ${report.rssMb.at(-1)} MB, ${report.findings.length} findings`);
  } catch (error) {
    report.findings.push({ input: -1, what: `after ${done}: ${(error as Error).message}` });
  }
}

const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

interface Sent extends Verdict {
  /** The input in a few words. */
  what: string;
}

/** One connection after another, each sending one input after another. */
class Sender {
  private readonly url: URL;
  private readonly known: Known;
  private socket: Socket | undefined;
  /** Malformed messages on this connection: after twenty the server closes it, perhaps before it answers the next. */
  private unacknowledged = 0;

  constructor(url: string, known: Known) {
    this.url = new URL(url);
    this.known = known;
  }

  send(draw: Draw): Promise<Sent> {
    const kind = draw.index(20);
    if (kind < 14) return this.command(draw);
    return kind < 17 ? this.http(draw) : this.frames(draw);
  }

  close(): void {
    this.socket?.disconnect();
  }

  private async command(draw: Draw): Promise<Sent> {
    const input = commandInput(draw, this.known);
    const what = `${input.event.slice(0, 20)} ${shown(input.args)}`;
    const socket = await this.connected();
    if (!socket) return { what, outcome: 'command', finding: 'no connection' };
    try {
      if (!input.acknowledged) {
        this.unacknowledged++;
        socket.emit(input.event, ...input.args);
        return { what, outcome: 'command without acknowledgement' };
      }
      const answer = await answerTo(socket, input.event, input.args);
      if (answer === 'disconnected: transport close' && this.unacknowledged >= MAX_NONSENSE)
        return { what, outcome: 'put out for nonsense' };
      return { what, ...judgeCommand(input, answer) };
    } catch (error) {
      // The client library refuses to send it, so the server never receives it.
      return { what, outcome: `unsent: ${(error as Error).message.slice(0, 40)}` };
    }
  }

  private async connected(): Promise<Socket | undefined> {
    if (this.socket?.connected) return this.socket;
    this.socket?.disconnect();
    const socket = io(this.url.href, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      timeout: PATIENCE_MS,
    });
    this.socket = socket;
    this.unacknowledged = 0;
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket));
      socket.once('connect_error', () => resolve(undefined));
    });
  }

  private async http(draw: Draw): Promise<Sent> {
    const { text } = httpInput(draw, this.known, this.url.host);
    const what = `http ${shown(text.subarray(0, 80).toString('latin1'))}`;
    return { what, ...judgeHttp(await exchange(this.url, text, PATIENCE_MS)) };
  }

  private async frames(draw: Draw): Promise<Sent> {
    const { bytes } = frameInput(draw);
    const what = `frames ${shown(bytes.subarray(0, 40).toString('latin1'))}`;
    const ended = await openWebSocket(this.url, bytes, PATIENCE_MS);
    if (ended === 'unopened') return { what, outcome: 'frames', finding: 'no connection' };
    return { what, outcome: `frames: ${ended}` };
  }
}

/** The acknowledgement; a reason in words where there is none. */
function answerTo(socket: Socket, event: string, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish('hang'), PATIENCE_MS);
    const onEnd = (reason: string) => finish(`disconnected: ${reason}`);
    const finish = (answer: unknown) => {
      clearTimeout(timer);
      socket.off('disconnect', onEnd);
      resolve(answer);
    };
    socket.once('disconnect', onEnd);
    try {
      socket.emit(event, ...args, finish);
    } catch (error) {
      clearTimeout(timer);
      reject(error);
    }
  });
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, 100);
}
