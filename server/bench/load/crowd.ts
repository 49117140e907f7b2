import type { Socket as NetSocket } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import type { Ack, RunSnapshot } from '../../../shared/protocol.ts';
import { type Glance, LIGHT_PARSER } from './lightParser.ts';

/** What a crowd has seen since it was last asked. */
export interface CrowdReport {
  connected: number;
  /** Milliseconds from an episode's end to its arrival, one entry per viewer. */
  delays: number[];
  /** Milliseconds from an episode's first arrival at any viewer of this process: what serving many adds. */
  spreads: number[];
  episodes: number;
  /** Viewers that got no episode at all. */
  unserved: number;
  characters: number;
  /** Viewers that reconnected and got a snapshot at least as new as what they had. */
  caughtUp: number;
  /** Snapshots that were older. */
  stale: number;
  cpuSeconds: number;
}

interface Viewer {
  socket: Socket;
  episodes: number;
  updates: number;
  wasCut: boolean;
}

/** Many real Socket.IO viewers of one run in this process. */
export class Crowd {
  private readonly viewers: Viewer[] = [];
  private readonly url: string;
  private readonly runId: string;
  private delays: number[] = [];
  private spreads: number[] = [];
  /** First arrivals of episodes, by when they ended. */
  private readonly firstAt = new Map<number, number>();
  private episodes = 0;
  private characters = 0;
  private caughtUp = 0;
  private stale = 0;
  private cpu = process.cpuUsage();

  constructor(url: string, runId: string) {
    this.url = url;
    this.runId = runId;
  }

  /** Connects `count` more viewers, a few at a time. Resolves when all of them watch. */
  async add(count: number): Promise<void> {
    const AT_A_TIME = 20;
    for (let done = 0; done < count; done += AT_A_TIME) {
      await Promise.all(
        Array.from({ length: Math.min(AT_A_TIME, count - done) }, () => this.addOne()),
      );
    }
  }

  private addOne(): Promise<void> {
    const socket = io(this.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 2000,
      parser: LIGHT_PARSER,
    });
    const viewer: Viewer = { socket, episodes: 0, updates: 0, wasCut: false };
    this.viewers.push(viewer);
    socket.on('episode:new', ({ createdAt, characters }: Glance) => {
      const now = Date.now();
      const first = this.firstAt.get(createdAt) ?? now;
      this.firstAt.set(createdAt, first);
      this.spreads.push(now - first);
      this.delays.push(now - createdAt);
      this.episodes++;
      this.characters += characters;
      viewer.episodes++;
    });
    return new Promise((resolve) => {
      socket.on('connect', () => void this.watch(viewer).then(resolve));
    });
  }

  /** Asks until the server accepts it, as the page does after each reconnection. */
  private async watch(viewer: Viewer): Promise<void> {
    while (viewer.socket.connected) {
      const answer = (await viewer.socket
        .timeout(60_000)
        .emitWithAck('run:watch', { runId: this.runId })
        .catch(() => undefined)) as Ack<RunSnapshot> | undefined;
      if (!answer?.ok) continue;
      const { updates } = answer.data.run;
      if (viewer.wasCut) {
        if (updates >= viewer.updates) this.caughtUp++;
        else this.stale++;
      }
      Object.assign(viewer, { updates, wasCut: false });
      return;
    }
  }

  /** Makes some viewers stop reading and sending, like closed laptops. */
  stall(count: number): void {
    for (const { socket } of this.viewers.slice(0, count)) {
      netSocketOf(socket)?.pause();
      // Their own timer would notice the missing heartbeat at the same time as the server, and reconnect them.
      // Cast: the timer is private.
      clearTimeout(
        (socket.io.engine as unknown as { _pingTimeoutTimer?: NodeJS.Timeout })._pingTimeoutTimer,
      );
    }
  }

  /** Breaks the connections of some viewers, the last ones first. They reconnect by themselves. */
  cut(count: number): void {
    for (const viewer of this.viewers.slice(-count)) {
      viewer.wasCut = true;
      netSocketOf(viewer.socket)?.destroy();
    }
  }

  /** What was seen since the last report. */
  report(): CrowdReport {
    const { delays, spreads, episodes, characters, caughtUp, stale } = this;
    const { user, system } = process.cpuUsage(this.cpu);
    this.cpu = process.cpuUsage();
    const report: CrowdReport = {
      connected: this.viewers.filter(({ socket }) => socket.connected).length,
      delays,
      spreads,
      episodes,
      unserved: this.viewers.filter((viewer) => viewer.episodes === 0).length,
      characters,
      caughtUp,
      stale,
      cpuSeconds: (user + system) / 1e6,
    };
    this.delays = [];
    this.spreads = [];
    this.firstAt.clear();
    this.episodes = 0;
    this.characters = 0;
    for (const viewer of this.viewers) viewer.episodes = 0;
    return report;
  }

  close(): void {
    for (const { socket } of this.viewers.splice(0)) {
      socket.disconnect();
      netSocketOf(socket)?.destroy();
    }
  }
}

/** The TCP socket below a Socket.IO client. */
function netSocketOf(socket: Socket): NetSocket | undefined {
  // Cast: what lies between does not type it as public.
  const transport = socket.io.engine?.transport as unknown as { ws?: { _socket?: NetSocket } };
  return transport?.ws?._socket;
}
