import { setTimeout as sleep } from 'node:timers/promises';
import { io as connect, type Socket } from 'socket.io-client';
import type { MetricPoint } from '../../../shared/metrics.ts';
import type {
  Ack,
  ClientToServerEvents,
  CommandName,
  CommandPayload,
  CommandResult,
  RunInfo,
  ServerToClientEvents,
} from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { type ServerProcess, waitedForCore } from './processes.ts';

/**
 * A viewer that records everything it is shown and promised, across server restarts: what
 * it has seen must never disappear or change.
 */
export class Witness {
  /** Measurements by update, as JSON. */
  readonly points = new Map<number, string>();
  /** Episodes as JSON by id, in the order in which they were shown first. */
  readonly episodes = new Map<string, string>();
  readonly recordings = new Set<string>();
  /** Values of settings that the server has acknowledged, newest last. */
  readonly rates: (number | undefined)[] = [];
  readonly messages = new Set<string>();
  readonly problems: string[] = [];
  run: RunInfo | undefined;
  /** The disk is full or gone: a wish may be answered so. */
  storageMayFail = false;
  private readonly runId: string;
  private socket: Socket<ServerToClientEvents, ClientToServerEvents> | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(runId: string) {
    this.runId = runId;
  }

  get highest(): number {
    return Math.max(0, ...this.points.keys());
  }

  /** Watches the run there; resolves with what it is then, undefined where the server is gone again. */
  async watch(url: string): Promise<RunInfo | undefined> {
    this.leave();
    const socket: typeof this.socket = connect(url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    this.socket = socket;
    socket.on('metrics:point', ({ point }) => this.note(point));
    socket.on('episode:new', ({ replay }) => this.noteEpisode(replay));
    socket.on('run:state', (run) => this.noteRun(run));
    const snapshot = await this.ask('run:watch', { runId: this.runId });
    if (!snapshot) return undefined;
    this.noteRun(snapshot.run);
    for (const point of snapshot.metrics) this.note(point);
    for (const replay of snapshot.episodes) this.noteEpisode(replay);
    return snapshot.run;
  }

  /** The acknowledged data, undefined where none came: the server may be dead or dying. */
  async ask<C extends CommandName>(
    command: C,
    payload: CommandPayload<C>,
  ): Promise<CommandResult[C] | undefined> {
    const { socket, storageMayFail: wasBroken } = this;
    if (!socket) return undefined;
    const dead = new Promise<undefined>((resolve) => {
      socket.once('disconnect', () => resolve(undefined));
      socket.once('connect_error', () => resolve(undefined));
    });
    // Cast: the compiler does not follow that payload and result belong to the same name.
    const answer = await Promise.race([
      dead,
      socket
        .timeout(60_000)
        .emitWithAck(command as 'run:list', payload as never)
        .catch(() => undefined) as Promise<Ack<CommandResult[C]> | undefined>,
    ]);
    const isExpected = wasBroken || this.storageMayFail;
    if (answer && !answer.ok && !(isExpected && answer.error.code === 'storage'))
      this.problems.push(`${command} was refused: ${answer.error.message}`);
    return answer?.ok ? answer.data : undefined;
  }

  /** Changes the learning rate; counts as promised once acknowledged. */
  async change(learningRate: number): Promise<void> {
    const done = await this.ask('run:settings', { runId: this.runId, settings: { learningRate } });
    // Answered by `storage` or by nothing, it may be done all the same.
    this.rates.push(done ? learningRate : undefined);
  }

  /** Records one of the episodes that were shown, including those from before a crash. */
  async record(episodeId: string): Promise<void> {
    const done = await this.ask('recording:save', { runId: this.runId, episodeId });
    if (done) this.recordings.add(done.recording.id);
  }

  /**
   * Resolves with true when an update after `updates` has been shown, with false when the server is gone or the time is
   * up; what its processes wait for a core, which is no fault of theirs, is not counted.
   */
  async untilPast(updates: number, seconds: number, server: ServerProcess): Promise<boolean> {
    const waited = new Map<number, number>();
    let excused = 0;
    const begun = performance.now();
    const isUp = () => {
      for (const pid of [server.pid, ...server.trainers]) {
        const now = waitedForCore(pid);
        excused += now - (waited.get(pid) ?? now);
        waited.set(pid, now);
      }
      return performance.now() - begun > (seconds + excused) * 1000;
    };
    while (this.highest <= updates && server.isAlive && !isUp())
      await Promise.race([
        sleep(500),
        new Promise<void>((resolve) => {
          this.waiting.add(resolve);
        }),
      ]);
    return this.highest > updates;
  }

  leave(): void {
    this.socket?.disconnect();
    this.socket = undefined;
  }

  private note(point: MetricPoint): void {
    const text = JSON.stringify(point);
    const known = this.points.get(point.updates);
    if (known !== undefined && known !== text)
      this.problems.push(`update ${point.updates} was shown twice, with different values`);
    this.points.set(point.updates, text);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  private noteEpisode(replay: Replay): void {
    const text = JSON.stringify(replay);
    const known = this.episodes.get(replay.id);
    if (known === undefined) this.episodes.set(replay.id, text);
    else if (known !== text)
      this.problems.push(`episode ${replay.id} was shown twice, with different content`);
  }

  private noteRun(run: RunInfo): void {
    if (run.id !== this.runId) return;
    this.run = run;
    if (run.message) this.messages.add(run.message.replace(/\d+/g, 'N'));
    if (run.status === 'failed') this.problems.push(`the run failed: ${run.message}`);
  }
}
